// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: forward messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene, ways } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isMessage } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

for (const [way, transports] of Object.entries(ways)) {
  test(`bob forwards what alice sent, to a session and to a user, ${way}`, scene(() => server, transports, async (chat) => {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const carol = await chat.enters('carol');
    const dave = await chat.enters('dave');
    const source = await alice.sends(bob, 'look', { messageType: 'file', fileUrl: '/files/1', fileName: 'x.pdf', fileSize: 7 });
    const session = await chat.privateSession(bob, carol);
    const targets = [{ sessionId: session._id }, { receiverId: dave.id }, { sessionId: '0123456789abcdef01234567' }];
    const answer = await bob.ask('message:forward', { messageId: source._id, userId: bob.id, targets });
    const [toCarol, toDave, toNobody] = answer.data;
    const expected = {
      sender: bob.id, content: 'look', messageType: 'file', fileUrl: '/files/1', fileName: 'x.pdf', fileSize: 7,
    };
    const forwardedFrom = { messageId: source._id, senderId: alice.id, sessionId: source.sessionId };
    assert.equal(toCarol.success, true);
    assert.equal(toCarol.sessionId, session._id);
    isMessage(toCarol.message, { sessionId: session._id, receiver: carol.id, ...expected });
    assert.deepEqual(toCarol.message.forwardedFrom, forwardedFrom);
    assert.equal(toDave.receiverId, dave.id);
    isMessage(toDave.message, { receiver: dave.id, ...expected });
    assert.deepEqual({ ...toNobody, error: '' }, { sessionId: '0123456789abcdef01234567', success: false, code: 'NOT_FOUND', error: '' });
    assert.deepEqual((await carol.receives('look')).forwardedFrom, forwardedFrom);
    assert.deepEqual((await dave.receives('look')).forwardedFrom, forwardedFrom);
    const sent = [await bob.hears('message:sent'), await bob.hears('message:sent')].map((data) => data.message._id);
    assert.deepEqual(sent.sort(), [toCarol.message._id, toDave.message._id].sort());
  }));
}

test('over REST', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const source = await alice.sends(bob, 'pass it on');
  const path = `/api/chat/messages/${source._id}/forward`;
  const answer = await chat.rest.post(path, { userId: bob.id, targets: [{ receiverId: carol.id }] });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.data[0].message.content, 'pass it on');
  await carol.receives('pass it on');
  const nobody = await chat.rest.post(path, { targets: [{ receiverId: carol.id }] });
  assert.equal(nobody.status, 400);
  isFailure(nobody.body, 'VALIDATION_FAILED', { names: 'userId' });
}));

test('nobody forwards what they may not see, what is not there, or nowhere', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const source = await alice.sends(bob, 'private');
  const targets = [{ receiverId: alice.id }];
  isFailure(await carol.ask('message:forward', { messageId: source._id, userId: carol.id, targets }), 'FORBIDDEN');
  isFailure(await bob.ask('message:forward', { messageId: '0123456789abcdef01234567', targets }), 'NOT_FOUND');
  for (const wrong of [undefined, [], 'x', [{}], Array(21).fill({ receiverId: alice.id })])
    isFailure(await bob.ask('message:forward', { messageId: source._id, targets: wrong }), 'VALIDATION_FAILED');
}));

testWith('recall', 'nobody forwards what was recalled', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const source = await alice.sends(bob, 'not so');
  await alice.ask('message:recall', { messageId: source._id });
  isFailure(await bob.ask('message:forward', { messageId: source._id, targets: [{ receiverId: alice.id }] }), 'CONFLICT');
}));

testWith('recall', 'a recall against forwards: every copy is whole', scene(() => server, ['websocket'], async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  for (let round = 0; round < 10; ++round) {
    const source = await alice.sends(bob, 'whole');
    const forwards = Array.from({ length: 5 }, () =>
      bob.ask('message:forward', { messageId: source._id, targets: [{ receiverId: alice.id }] }));
    const recalled = alice.ask('message:recall', { messageId: source._id });
    for (const answer of await Promise.all(forwards)) {
      const [outcome] = answer.success ? answer.data : [answer];
      if (outcome.success) assert.equal(outcome.message.content, 'whole');
      else assert.equal(outcome.code, 'CONFLICT');
    }
    assert.ok((await recalled).success);
  }
}));

test('switched off, it answers FEATURE_DISABLED', async () => {
  const off = await startServer({ set: { 'plugins.forward.enabled': false } });
  const chat = new Chat(off);
  try {
    const alice = await chat.enters('alice');
    const bob = await chat.enters('bob');
    const source = await alice.sends(bob, 'stays here');
    isFailure(await bob.ask('message:forward', { messageId: source._id, targets: [{ receiverId: alice.id }] }), 'FEATURE_DISABLED');
    const rest = await chat.rest.post(`/api/chat/messages/${source._id}/forward`, { userId: bob.id, targets: [{ receiverId: alice.id }] });
    assert.equal(rest.status, 404);
    isFailure(rest.body, 'FEATURE_DISABLED');
  } finally {
    chat.end();
    await off.stop();
  }
});
