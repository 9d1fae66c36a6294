// SPDX-License-Identifier: Apache-2.0
// Groups: every route and event of groups, through REST and real sockets, with the plugin on and off.
// Needs the plugins: group_chat messaging users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { idsOf, makes, path, refuses, roles, says, succeeds, told, withSettings } from './harness/groups.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isMessage, isoTime, objectId } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

test('a group is made; everyone hears of it and writes into it at once', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const outsider = await chat.enters('dave');
  const group = await makes(chat, alice, [bob, carol, alice], '茶会');
  assert.match(group._id, objectId);
  assert.equal(group.sessionType, 'group');
  assert.equal(group.sessionName, '茶会');
  assert.equal(group.ownerId, alice.id);
  assert.equal(group.memberCount, 3);
  assert.equal(group.announcement, '');
  assert.equal(group.lastMessage, null);
  assert.deepEqual(group.participants.map((user) => user._id).sort(), idsOf([alice, bob, carol]).sort());
  for (const device of [alice, bob, carol])
    assert.deepEqual((await device.hears('session:created')).session, group);
  const sent = await says(bob, group, 'hello all');
  isMessage(sent.data, { seq: 1, receiver: null, sender: bob.id });
  for (const device of [alice, carol]) assert.equal((await device.receives('hello all')).sessionId, group._id);
  isFailure(await says(outsider, group, 'me too'), 'FORBIDDEN');
  isFailure(await outsider.ask('chat:history', { sessionId: group._id }), 'FORBIDDEN');
  assert.deepEqual(outsider.all('session:created'), []);
  assert.deepEqual(bob.received(), []);
  const list = await chat.rest.get(`/api/chat/sessions/${carol.id}`);
  assert.equal(list.body.data[0]._id, group._id);
  assert.equal(list.body.data[0].unreadCount, 1);
}));

testWith('private_chat', 'what is no group is refused and names the field', act(async (chat) => {
  const alice = await chat.enters('alice');
  const good = { sessionName: 'us', creatorId: alice.id, participants: ['bob'] };
  for (const [change, field] of [
    [{ sessionName: undefined }, 'sessionName'], [{ sessionName: '' }, 'sessionName'], [{ sessionName: 7 }, 'sessionName'],
    [{ sessionName: 'x'.repeat(201) }, 'sessionName'], [{ creatorId: undefined }, 'creatorId'], [{ creatorId: 'a b' }, 'creatorId'],
    [{ participants: undefined }, 'participants'], [{ participants: 'bob' }, 'participants'], [{ participants: ['a b'] }, 'participants'],
    [{ participants: [7] }, 'participants'], [{ announcement: 7 }, 'announcement'],
  ])
    await refuses(chat.rest.post('/api/chat/sessions/group', { ...good, ...change }), 400, 'VALIDATION_FAILED', field);
  for (const [method, more, body] of [
    ['GET', ''], ['PUT', '', { sessionName: 'x' }], ['DELETE', ''], ['POST', '/members', { userIds: ['x'] }],
    ['DELETE', '/members/x'], ['PUT', '/members/x', { role: 'admin' }],
  ])
    await refuses(chat.rest.call(method, path('0123456789abcdef01234567', more), body), 404, 'NOT_FOUND');
  const bob = await chat.enters('bob');
  const pair = await chat.privateSession(alice, bob);
  await refuses(chat.rest.get(path(pair)), 404, 'NOT_FOUND');
}));

test('the detail shows members and roles, in pages when asked', act(async (chat) => {
  const alice = await chat.enters('alice');
  const others = Array.from({ length: 6 }, (_, i) => chat.idOf(`m${i}`));
  const group = await makes(chat, alice, others);
  await succeeds(chat.rest.call('PUT', path(group, `/members/${others[4]}`), { role: 'admin', operatorId: alice.id }));
  const detail = await succeeds(chat.rest.get(`${path(group)}?userId=${others[0]}`));
  assert.equal(detail.memberCount, 7);
  assert.deepEqual(detail.members.map((member) => member.role).slice(0, 3), ['owner', 'admin', 'member']);
  assert.equal(detail.members[0].userId, alice.id);
  assert.equal(detail.members[0].user._id, alice.id);
  assert.match(detail.members[0].joinedAt, isoTime);
  assert.equal(detail.members[0].mutedUntil, null);
  const second = await chat.rest.get(`${path(group)}?page=2&limit=3`);
  assert.deepEqual(second.body.pagination, { page: 2, limit: 3, total: 7, pages: 3 });
  assert.deepEqual(second.body.data.members, detail.members.slice(3, 6));
  assert.deepEqual((await chat.rest.get(`${path(group)}?page=9&limit=3`)).body.data.members, []);
  await refuses(chat.rest.get(`${path(group)}?limit=0`), 400, 'VALIDATION_FAILED', 'limit');
  await refuses(chat.rest.get(`${path(group)}?userId=${chat.idOf('stranger')}`), 403, 'FORBIDDEN');
}));

test('renaming and announcing: by admins, told to everyone, only when something changes', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  await refuses(chat.rest.call('PUT', path(group), { sessionName: 'mine', userId: bob.id }), 403, 'FORBIDDEN');
  await refuses(chat.rest.call('PUT', path(group), { userId: alice.id }), 400, 'VALIDATION_FAILED', 'sessionName');
  await refuses(chat.rest.call('PUT', path(group), { announcement: 'x'.repeat(4097) }), 400, 'VALIDATION_FAILED', 'announcement');
  const renamed = await succeeds(chat.rest.call('PUT', path(group), { sessionName: 'them', announcement: '明天见', userId: alice.id }));
  assert.equal(renamed.sessionName, 'them');
  assert.equal(renamed.announcement, '明天见');
  const update = await bob.hears('session:updated');
  assert.equal(update.byUserId, alice.id);
  assert.equal(update.session.sessionName, 'them');
  assert.equal(update.session.announcement, '明天见');
  const { message: rename } = await told(bob, 'renamed');
  isMessage(rename, { messageType: 'system', sender: alice.id, receiver: null });
  assert.equal(rename.system.sessionName, 'them');
  assert.ok(rename.content.includes('them'));
  assert.equal((await told(bob, 'announced')).message.system.announcement, '明天见');
  await succeeds(chat.rest.call('PUT', path(group), { sessionName: 'them', userId: alice.id }));
  await succeeds(chat.rest.call('PUT', path(group), { announcement: '明天见', userId: alice.id }));
  // The trusted back end needs no acting user.
  await succeeds(chat.rest.call('PUT', path(group), { announcement: '' }));
  assert.equal((await told(bob, 'announced')).message.system.announcement, '');
  assert.equal(bob.all('session:updated').length, 2);
  assert.equal((await succeeds(chat.rest.get(path(group)))).announcement, '');
}));

test('who caused a system message may not delete it', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  await succeeds(chat.rest.post(path(group, '/members'), { userIds: [chat.idOf('carol')], userId: bob.id }));
  const { message } = await told(alice, 'joined');
  assert.equal(message.sender, bob.id);
  await refuses(chat.rest.call('DELETE', `/api/chat/messages/${message._id}?userId=${bob.id}`), 403, 'FORBIDDEN');
  await succeeds(chat.rest.call('DELETE', `/api/chat/messages/${message._id}?userId=${alice.id}`));
}));

test('a dissolved group is gone with its messages', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  await says(bob, group, 'last words');
  await refuses(chat.rest.call('DELETE', path(group), { userId: bob.id }), 403, 'FORBIDDEN');
  assert.deepEqual(await succeeds(chat.rest.call('DELETE', path(group), { userId: alice.id })), { sessionId: group._id });
  for (const device of [alice, bob])
    assert.deepEqual(await device.hears('session:deleted'), { sessionId: group._id, byUserId: alice.id });
  isFailure(await says(bob, group, 'anybody?'), 'NOT_FOUND');
  await refuses(chat.rest.get(path(group)), 404, 'NOT_FOUND');
  await refuses(chat.rest.get(`/api/chat/messages/${group._id}`), 404, 'NOT_FOUND');
  await refuses(chat.rest.call('DELETE', path(group)), 404, 'NOT_FOUND');
  assert.deepEqual((await chat.rest.get(`/api/chat/sessions/${bob.id}`)).body.data, []);
}));

test('dissolving against sending: each message is answered, none is left', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  const sends = Array.from({ length: 50 }, (_, i) => says(i % 2 ? alice : bob, group, `${i}`));
  const end = chat.rest.call('DELETE', path(group));
  for (const answer of await Promise.all(sends)) if (!answer.success) isFailure(answer, 'NOT_FOUND');
  assert.equal((await end).status, 200);
  await bob.hears('session:deleted');
  await refuses(chat.rest.get(`/api/chat/messages/${group._id}`), 404, 'NOT_FOUND');
}));

test('nobody but the server writes system messages', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  const forged = { sessionId: group._id, senderId: alice.id, content: 'bob left', messageType: 'system' };
  isFailure(await alice.ask('message:send', forged), 'VALIDATION_FAILED', { names: 'messageType' });
  await refuses(chat.rest.post('/api/chat/messages', forged), 400, 'VALIDATION_FAILED', 'messageType');
}));

test('the settings: who invites and edits, how many, what newcomers see, whether it is told', () =>
  withSettings({
    maxMembers: 4, whoMayInvite: 'admins', whoMayEdit: 'members', newMembersSeeHistory: true, ownerMayLeave: false,
    systemMessages: false, shownMembers: 2,
  }, async (chat) => {
    const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
    await refuses(chat.rest.post('/api/chat/sessions/group',
      { sessionName: 'x', creatorId: alice.id, participants: ['1', '2', '3', '4'] }), 400, 'VALIDATION_FAILED', 'participants');
    const group = await makes(chat, alice, [bob]);
    await says(alice, group, 'early');
    await refuses(chat.rest.post(path(group, '/members'), { userIds: [carol.id], userId: bob.id }), 403, 'FORBIDDEN');
    await succeeds(chat.rest.post(path(group, '/members'), { userIds: [carol.id], userId: alice.id }));
    await refuses(chat.rest.post(path(group, '/members'), { userIds: ['1', '2'] }), 409, 'CONFLICT');
    await succeeds(chat.rest.call('PUT', path(group), { sessionName: 'ours', userId: bob.id }));
    await carol.hears('session:updated');
    await refuses(chat.rest.call('DELETE', path(group, `/members/${alice.id}`)), 409, 'CONFLICT');
    await succeeds(chat.rest.call('DELETE', path(group, `/members/${bob.id}`)));
    await carol.hears('session:member:left');
    assert.deepEqual((await carol.ask('chat:history', { sessionId: group._id })).data.map((one) => one.content), ['early']);
    assert.equal((await succeeds(chat.rest.get(path(group)))).members.length, 2);
  }));

testWith('private_chat', 'while the plugin is off groups can be read alone, and the rest works; on again, all is as it was', async () => {
  const server = await startServer({ config: { plugins: { group_chat: { enabled: true } } } });
  const chat = new Chat(server);
  const reload = async (enabled, status) => {
    server.writeConfig({ plugins: { group_chat: { enabled } } });
    server.signal('SIGHUP');
    await until(async () => (await chat.rest.get(path(group))).status === status, 'the reload');
  };
  let group;
  try {
    const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
    group = await makes(chat, alice, [bob]);
    await says(alice, group, 'before');
    await reload(false, 404);
    const off = (answer) => refuses(answer, 404, 'FEATURE_DISABLED');
    await off(chat.rest.post('/api/chat/sessions/group', { sessionName: 'x', creatorId: alice.id, participants: [] }));
    await off(chat.rest.get(path(group)));
    await off(chat.rest.call('PUT', path(group), { sessionName: 'x' }));
    await off(chat.rest.call('DELETE', path(group)));
    await off(chat.rest.post(path(group, '/members'), { userIds: ['x'] }));
    await off(chat.rest.call('DELETE', path(group, `/members/${bob.id}`)));
    await off(chat.rest.call('PUT', path(group, `/members/${bob.id}`), { role: 'admin' }));
    isFailure(await says(alice, group, 'while it is off'), 'FEATURE_DISABLED');
    assert.deepEqual((await bob.ask('chat:history', { sessionId: group._id })).data.map((one) => one.content), ['before']);
    await alice.sends(bob, 'in private');
    await bob.receives('in private');
    await reload(true, 200);
    assert.ok((await says(bob, group, 'again')).success);
    await alice.receives('again');
    assert.deepEqual(roles(await succeeds(chat.rest.get(path(group)))), { [alice.id]: 'owner', [bob.id]: 'member' });
  } finally {
    chat.end();
    await server.stop();
  }
});
