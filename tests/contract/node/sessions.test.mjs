// SPDX-License-Identifier: Apache-2.0
// Needs the plugins: messaging private_chat users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { scene, ways } from './harness/chat.mjs';
import { startServer } from './harness/server.mjs';
import { isFailure, isMessage, isSession, withoutStatus } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

test('a private session is made once and found ever after, from either side', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const made = await chat.rest.post('/api/chat/sessions/private', { userId1: alice.id, userId2: bob.id });
  assert.equal(made.status, 201);
  assert.deepEqual(Object.keys(made.body).sort(), ['data', 'success']);
  isSession(made.body.data, [alice.id, bob.id]);
  assert.equal(made.body.data.lastMessage, null);
  for (const [userId1, userId2] of [[alice.id, bob.id], [bob.id, alice.id]]) {
    const found = await chat.rest.post('/api/chat/sessions/private', { userId1, userId2 });
    assert.equal(found.status, 200);
    assert.equal(found.body.data._id, made.body.data._id);
  }
}));

test('fifty requests at once make one session', act(async (chat) => {
  const pair = { userId1: chat.idOf('alice'), userId2: chat.idOf('bob') };
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) =>
    chat.rest.post('/api/chat/sessions/private', i % 2 ? pair : { userId1: pair.userId2, userId2: pair.userId1 })));
  assert.equal(new Set(answers.map((answer) => answer.body.data._id)).size, 1);
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 49);
}));

test('a private session needs two different, valid users', act(async (chat) => {
  for (const [body, field] of [
    [{ userId2: 'b' }, 'userId1'],
    [{ userId1: 'a' }, 'userId2'],
    [{ userId1: 'a', userId2: 7 }, 'userId2'],
    [{ userId1: 'a', userId2: 'a' }, 'userId2'],
    [{ userId1: 'a b', userId2: 'a' }, 'userId1'],
  ]) {
    const refused = await chat.rest.post('/api/chat/sessions/private', body);
    assert.equal(refused.status, 400, JSON.stringify(body));
    isFailure(refused.body, 'VALIDATION_FAILED', { names: field });
  }
}));

test('the list of conversations: newest first, with last message, paged', act(async (chat) => {
  const alice = await chat.enters('alice');
  const friends = [];
  for (let i = 0; i < 5; ++i) friends.push(await chat.enters(`friend${i}`));
  for (const friend of friends) await friend.sends(alice, `from ${friend.id}`);
  await friends[1].sends(alice, 'again');
  const path = `/api/chat/sessions/${alice.id}`;
  const all = await chat.rest.get(path);
  assert.equal(all.status, 200);
  assert.deepEqual(Object.keys(all.body).sort(), ['data', 'pagination', 'success']);
  const others = all.body.data.map((session) => session.participants.find((user) => user._id !== alice.id)._id);
  assert.deepEqual(others, [1, 4, 3, 2, 0].map((i) => friends[i].id));
  for (const session of all.body.data) {
    isSession(session, session.participants.map((user) => user._id));
    isMessage(session.lastMessage);
    assert.equal(session.lastMessageTime, session.lastMessage.createdAt);
  }
  assert.equal(all.body.data[0].lastMessage.content, 'again');
  assert.deepEqual(all.body.pagination, { page: 1, limit: 20, total: 5, pages: 1 });
  const second = await chat.rest.get(`${path}?page=2&limit=2`);
  assert.deepEqual(second.body.data.map((session) => session._id), all.body.data.slice(2, 4).map((session) => session._id));
  assert.deepEqual(second.body.pagination, { page: 2, limit: 2, total: 5, pages: 3 });
  assert.deepEqual((await chat.rest.get(`${path}?page=9`)).body.data, []);
  // One that was just made is the newest, though nothing was said in it.
  const { _id: fresh } = await chat.privateSession(alice, { id: chat.idOf('stranger') });
  const [first] = (await chat.rest.get(path)).body.data;
  assert.equal(first._id, fresh);
  assert.equal(first.lastMessage, null);
  assert.equal(first.lastMessageTime, null);
}));

test('a user without conversations has an empty list', act(async (chat) => {
  const none = await chat.rest.get(`/api/chat/sessions/${chat.idOf('hermit')}`);
  assert.equal(none.status, 200);
  assert.deepEqual(none.body.data, []);
  assert.equal(none.body.pagination.total, 0);
}));

test('paging outside its bounds is refused', act(async (chat) => {
  for (const query of ['page=0', 'page=-1', 'page=x', 'limit=0', 'limit=101', 'limit=1.5', 'page=']) {
    const refused = await chat.rest.get(`/api/chat/sessions/${chat.idOf('alice')}?${query}`);
    assert.equal(refused.status, 400, query);
    isFailure(refused.body, 'VALIDATION_FAILED', { names: query.split('=')[0] });
  }
}));

for (const [way, transports] of Object.entries(ways)) {
  describe(`chat history, ${way}`, () => {
    test('pages and cursors, by event and by REST alike', scene(() => server, transports, async (chat) => {
      const alice = await chat.enters('alice');
      const bob = await chat.enters('bob');
      for (let i = 1; i <= 12; ++i) await (i % 3 ? alice.sends(bob, `${i}`) : bob.sends(alice, `${i}`));
      const { _id: sessionId } = await chat.privateSession(alice, bob);
      const cases = [
        [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { page: 1, limit: 50, total: 12, pages: 1 }],
        [{ page: 1, limit: 5 }, [8, 9, 10, 11, 12], { page: 1, limit: 5, total: 12, pages: 3 }],
        [{ page: 2, limit: 5 }, [3, 4, 5, 6, 7], { page: 2, limit: 5, total: 12, pages: 3 }],
        [{ page: 3, limit: 5 }, [1, 2], { page: 3, limit: 5, total: 12, pages: 3 }],
        [{ page: 4, limit: 5 }, [], { page: 4, limit: 5, total: 12, pages: 3 }],
        [{ beforeSeq: 6, limit: 3 }, [3, 4, 5]],
        [{ beforeSeq: 3 }, [1, 2]],
        [{ beforeSeq: 1 }, []],
        [{ afterSeq: 9 }, [10, 11, 12]],
        [{ afterSeq: 4, limit: 2 }, [5, 6]],
        [{ afterSeq: 0, limit: 2 }, [1, 2]],
        [{ afterSeq: 12 }, []],
      ];
      for (const [query, seqs, pagination] of cases) {
        const what = JSON.stringify(query);
        const answer = await alice.ask('chat:history', { sessionId, ...query });
        assert.equal(answer.success, true, what);
        assert.deepEqual(answer.data.map((message) => message.seq), seqs, what);
        const event = await alice.hears('chat:history');
        assert.deepEqual(Object.keys(event).sort(), ['data', 'pagination', 'sessionId', 'success'], what);
        assert.equal(event.sessionId, sessionId);
        assert.deepEqual(withoutStatus(event.data), withoutStatus(answer.data));
        const rest = await chat.rest.get(`/api/chat/messages/${sessionId}?${new URLSearchParams(query)}`);
        assert.equal(rest.status, 200);
        assert.deepEqual(withoutStatus(rest.body.data), withoutStatus(answer.data), what);
        if (pagination) {
          assert.deepEqual(event.pagination, pagination);
          assert.deepEqual(rest.body.pagination, pagination);
        }
        answer.data.forEach((message) => isMessage(message, { content: `${message.seq}` }));
      }
    }));
  });
}

test('the history of others is theirs', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const carol = await chat.enters('carol');
  const { sessionId } = await alice.sends(bob, 'between us');
  isFailure(await carol.ask('chat:history', { sessionId }), 'FORBIDDEN');
  carol.tell('chat:history', { sessionId });
  isFailure(await carol.hears('error'), 'FORBIDDEN', { event: 'chat:history' });
  isFailure(await carol.ask('chat:history', { sessionId: '0123456789abcdef01234567' }), 'NOT_FOUND');
  const missing = await chat.rest.get('/api/chat/messages/0123456789abcdef01234567');
  assert.equal(missing.status, 404);
  isFailure(missing.body, 'NOT_FOUND');
  assert.deepEqual(carol.all('chat:history'), []);
}));

test('a wrong history query is refused and names the field', act(async (chat) => {
  const alice = await chat.enters('alice');
  const bob = await chat.enters('bob');
  const { sessionId } = await alice.sends(bob, 'hello');
  for (const [query, field] of [
    [{ page: 0 }, 'page'], [{ page: 'one' }, 'page'], [{ limit: 101 }, 'limit'], [{ limit: 0 }, 'limit'], [{ beforeSeq: 'x' }, 'beforeSeq'],
    [{ afterSeq: -1 }, 'afterSeq'],
  ]) {
    isFailure(await alice.ask('chat:history', { sessionId, ...query }), 'VALIDATION_FAILED', { names: field });
    const refused = await chat.rest.get(`/api/chat/messages/${sessionId}?${new URLSearchParams(query)}`);
    assert.equal(refused.status, 400, field);
    isFailure(refused.body, 'VALIDATION_FAILED', { names: field });
  }
  isFailure(await alice.ask('chat:history', {}), 'VALIDATION_FAILED', { names: 'sessionId' });
}));
