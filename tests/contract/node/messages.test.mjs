// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isMessage } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  describe(`messages, ${way}`, () => {
    const act = (play) => scene(() => server, transports, play);

    test('alice writes to bob without a session; bob receives, alice hears that it was sent and delivered', act(async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const answer = await alice.ask('message:send', alice.draft(bob, '你好, Bob 👋'));
      assert.deepEqual(Object.keys(answer).sort(), ['data', 'success']);
      const expected = {
        sender: alice.id, receiver: bob.id, content: '你好, Bob 👋', messageType: 'text', seq: 1, fileUrl: '', fileName: '', fileSize: 0,
      };
      isMessage(answer.data, expected);

      const sent = await alice.hears('message:sent');
      assert.deepEqual(Object.keys(sent).sort(), ['message', 'success']);
      assert.equal(sent.success, true);
      isMessage(sent.message, { _id: answer.data._id, ...expected });

      const received = await bob.hears('message:receive');
      assert.deepEqual(Object.keys(received), ['message']);
      isMessage(received.message, { _id: answer.data._id, sessionId: answer.data.sessionId, ...expected });

      const status = await alice.hears('message:status');
      assert.deepEqual(status, {
        messageId: answer.data._id, sessionId: answer.data.sessionId, userId: bob.id, status: 'delivered',
      });
    }));

    test('without an acknowledgement, and into a session', act(async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const session = await chat.privateSession(alice, bob);
      alice.tell('message:send', { ...alice.draft(bob, 'one'), sessionId: session._id });
      assert.equal((await alice.hears('message:sent')).message.sessionId, session._id);
      assert.equal((await bob.receives('one')).sessionId, session._id);
      alice.tell('message:send', { sessionId: session._id, senderId: alice.id, content: 'two', messageType: 'text' });
      isMessage(await bob.receives('two'), { receiver: bob.id, sessionId: session._id, seq: 2 });
      alice.tell('message:send', alice.draft(bob, 'three'));
      isMessage(await bob.receives('three'), { sessionId: session._id, seq: 3 });
    }));

    test('every other device hears it, the sending socket does not', act(async (chat) => {
      const desk = await chat.enters('alice');
      const phone = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const bobsPhone = await chat.enters('bob');
      await desk.sends(bob, 'from the desk');
      await Promise.all([phone, bob, bobsPhone].map((device) => device.receives('from the desk')));
      await bob.sends(desk, 'an answer');
      await Promise.all([desk, phone, bobsPhone].map((device) => device.receives('an answer')));
      assert.deepEqual(desk.received(), ['an answer']);
      assert.deepEqual(bob.received(), ['from the desk']);
      assert.deepEqual(phone.received(), ['from the desk', 'an answer']);
      assert.deepEqual(phone.all('message:sent'), []);
    }));

    test('a clientMessageId that was sent before gives the stored message and delivers nothing', act(async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const first = await alice.sends(bob, 'once', { clientMessageId: 'try-1' });
      assert.equal(first.clientMessageId, 'try-1');
      const again = await alice.sends(bob, 'once more', { clientMessageId: 'try-1' });
      assert.equal(again._id, first._id);
      assert.equal(again.content, 'once');
      await alice.sends(bob, 'next', { clientMessageId: 'try-2' });
      await bob.receives('next');
      assert.deepEqual(bob.received(), ['once', 'next']);
      // The same word of another sender is another message.
      const bobs = await bob.sends(alice, 'mine', { clientMessageId: 'try-1' });
      assert.notEqual(bobs._id, first._id);
      assert.equal(bobs.seq, 3);
    }));

    test('what was sent before comes as it is by now: read, or deleted', act(async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const sent = await alice.sends(bob, 'once', { clientMessageId: 'try-1' });
      await bob.ask('message:read', { messageId: sent._id, userId: bob.id });
      const again = await alice.sends(bob, 'once', { clientMessageId: 'try-1' });
      assert.equal(again.status, 'read');
      assert.deepEqual(again.readBy.map(({ user }) => user), [bob.id]);
      assert.equal((await chat.rest.call('DELETE', `/api/chat/messages/${sent._id}`, { userId: alice.id })).status, 200);
      isFailure(await alice.ask('message:send', alice.draft(bob, 'once', { clientMessageId: 'try-1' })), 'CONFLICT');
    }));

    test('both write at once: one order for everybody, without gaps', act(async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      const watcher = await chat.enters('alice');
      const each = 40;
      await Promise.all(Array.from({ length: each }, (_, i) => [alice.sends(bob, `a${i}`), bob.sends(alice, `b${i}`)]).flat());
      await Promise.all(Array.from({ length: each }, (_, i) => [watcher.receives(`a${i}`), watcher.receives(`b${i}`)]).flat());
      const seqs = watcher.all('message:receive').map((data) => data.message.seq);
      assert.deepEqual(seqs, Array.from({ length: 2 * each }, (_, i) => i + 1));
      const mine = watcher.received().filter((content) => content.startsWith('a'));
      assert.deepEqual(mine, Array.from({ length: each }, (_, i) => `a${i}`), 'one sender, one order');
    }));
  });
}

const act = (play) => scene(() => server, ['websocket'], play);

test('every kind of message keeps its file', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  for (const messageType of ['image', 'file', 'voice']) {
    const file = { fileUrl: `/files/${messageType}`, fileName: 'plan ü.bin', fileSize: 12345, messageType };
    isMessage(await alice.sends(bob, messageType, file), file);
    isMessage(await bob.receives(messageType), file);
  }
}));

test('a receiver who is not in the session is refused, and nothing goes to whoever is', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const { _id: sessionId } = await chat.privateSession(alice, bob);
  for (const receiver of [carol, alice]) {
    isFailure(await alice.ask('message:send', alice.draft(receiver, 'for whom?', { sessionId })), 'VALIDATION_FAILED', { names: 'receiverId' });
    const made = await chat.rest.post('/api/chat/messages', alice.draft(receiver, 'for whom?', { sessionId }));
    assert.equal(made.status, 400);
    isFailure(made.body, 'VALIDATION_FAILED', { names: 'receiverId' });
  }
  await alice.sends(bob, 'for bob', { sessionId });
  await bob.receives('for bob');
  assert.deepEqual(bob.received(), ['for bob']);
}));

test('a message over REST is delivered just as one over the socket', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const made = await chat.rest.post('/api/chat/messages', {
    sessionId: '', senderId: alice.id, receiverId: bob.id, content: 'by REST', messageType: 'text', fileUrl: '', fileName: '', fileSize: 0,
  });
  assert.equal(made.status, 201);
  assert.deepEqual(Object.keys(made.body).sort(), ['data', 'success']);
  isMessage(made.body.data, { sender: alice.id, receiver: bob.id, content: 'by REST', seq: 1 });
  assert.equal((await bob.receives('by REST'))._id, made.body.data._id);
  assert.equal((await alice.receives('by REST'))._id, made.body.data._id);
  await alice.hears('message:status', (status) => status.messageId === made.body.data._id && status.status === 'delivered');
  const again = await chat.rest.post('/api/chat/messages', {
    sessionId: made.body.data.sessionId, senderId: bob.id, content: 'and back', messageType: 'text',
  });
  assert.equal(again.status, 201);
  assert.equal(again.body.data.seq, 2);
}));

test('a receiver who is not there finds the message later', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = { id: chat.idOf('bob') };
  const message = await alice.sends(bob, 'for later');
  assert.equal(message.status, 'sent');
  const late = await chat.enters('bob');
  const history = await late.ask('chat:history', { sessionId: message.sessionId });
  assert.deepEqual(history.data.map((item) => item.content), ['for later']);
}));

test('content of 16 KiB passes, a byte more does not', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const full = 'x'.repeat(16 * 1024);
  assert.equal((await alice.sends(bob, full)).content.length, full.length);
  await bob.receives(full);
  isFailure(await alice.ask('message:send', alice.draft(bob, `${full}x`)), 'VALIDATION_FAILED', { names: 'content' });
}));

test('a wrong field is named', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const wrong = [
    [{ content: 5 }, 'content'],
    [{ content: undefined }, 'content'],
    [{ messageType: 'carrier pigeon' }, 'messageType'],
    [{ messageType: 3 }, 'messageType'],
    [{ receiverId: 'no spaces' }, 'receiverId'],
    [{ receiverId: [] }, 'receiverId'],
    [{ sessionId: {} }, 'sessionId'],
    [{ fileSize: 'big' }, 'fileSize'],
    [{ fileSize: -1 }, 'fileSize'],
    [{ clientMessageId: 17 }, 'clientMessageId'],
    [{ content: 'a\u0000b' }, 'content'],
  ];
  for (const [change, field] of wrong) {
    const draft = { ...alice.draft(bob, 'text'), ...change };
    isFailure(await alice.ask('message:send', draft), 'VALIDATION_FAILED', { names: field });
    const refused = await chat.rest.post('/api/chat/messages', draft);
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
    isFailure(refused.body, 'VALIDATION_FAILED', { names: field });
  }
  isFailure(await alice.ask('message:send', { senderId: alice.id, content: 'to nobody', messageType: 'text' }), 'VALIDATION_FAILED');
  alice.tell('message:send', { ...alice.draft(bob, 'text'), content: 5 });
  isFailure(await alice.hears('error'), 'VALIDATION_FAILED', { event: 'message:send', names: 'content' });
}));

test('nobody writes as somebody else, nor into a session of others', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const session = await chat.privateSession(alice, bob);
  const asAlice = { ...carol.draft(bob, 'I am alice'), senderId: alice.id };
  isFailure(await carol.ask('message:send', asAlice), 'FORBIDDEN');
  carol.tell('message:send', asAlice);
  isFailure(await carol.hears('error'), 'FORBIDDEN', { event: 'message:send' });
  const intrusion = { sessionId: session._id, senderId: carol.id, content: 'let me in', messageType: 'text' };
  isFailure(await carol.ask('message:send', intrusion), 'FORBIDDEN');
  const overRest = await chat.rest.post('/api/chat/messages', intrusion);
  assert.equal(overRest.status, 403);
  isFailure(overRest.body, 'FORBIDDEN');
  const nowhere = { ...intrusion, sessionId: '0123456789abcdef01234567' };
  isFailure(await carol.ask('message:send', nowhere), 'NOT_FOUND');
  await alice.sends(bob, 'the only one');
  await bob.receives('the only one');
  assert.deepEqual(bob.received(), ['the only one']);
}));
