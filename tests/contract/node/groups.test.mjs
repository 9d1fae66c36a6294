// SPDX-License-Identifier: Apache-2.0
// Groups: every route and event of groups, through REST and real sockets, with the plugin on and off.
// Needs the plugins: group_chat messaging users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chat, scene } from './harness/chat.mjs';
import { testWith } from './harness/plugins.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure, isMessage, isoTime, objectId } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);
const path = (group, more = '') => `/api/chat/sessions/group/${group._id ?? group}${more}`;
const idsOf = (people) => people.map((person) => person.id ?? person);
const roles = (detail) => Object.fromEntries(detail.members.map(({ userId, role }) => [userId, role]));

async function makes(chat, owner, others, sessionName = 'us') {
  const made = await chat.rest.post('/api/chat/sessions/group', { sessionName, creatorId: owner.id, participants: idsOf(others) });
  assert.equal(made.status, 201, made.text);
  return made.body.data;
}

async function refuses(answer, status, code, names) {
  const { status: found, body } = await answer;
  assert.equal(found, status, JSON.stringify(body));
  isFailure(body, code, { names });
}

const succeeds = async (answer) => {
  const { status, body } = await answer;
  assert.equal(status, 200, JSON.stringify(body));
  return body.data;
};

const says = (device, group, content) => device.ask('message:send', { sessionId: group._id, senderId: device.id, content, messageType: 'text' });
const told = (device, action) => device.hears('message:receive', ({ message }) => message.system?.action === action);

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
  // The trusted back end needs no acting user.
  await succeeds(chat.rest.call('PUT', path(group), { announcement: '' }));
  assert.equal((await told(bob, 'announced')).message.system.announcement, '');
  assert.equal(bob.all('session:updated').length, 2);
  assert.equal((await succeeds(chat.rest.get(path(group)))).announcement, '');
}));

test('an invited member is in at once, hears what comes and sees no earlier message', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob]);
  await says(alice, group, 'before');
  const joined = await succeeds(chat.rest.post(path(group, '/members'), { userIds: [carol.id, bob.id], userId: bob.id }));
  assert.deepEqual(joined, { sessionId: group._id, joined: [carol.id], memberCount: 3 });
  const { session } = await carol.hears('session:created');
  assert.equal(session._id, group._id);
  assert.equal(session.lastMessage, null);
  assert.equal(session.lastMessageTime, null);
  for (const device of [alice, bob, carol]) {
    const event = await device.hears('session:member:joined');
    assert.equal(event.sessionId, group._id);
    assert.equal(event.byUserId, bob.id);
    assert.equal(event.memberCount, 3);
    assert.deepEqual(event.members.map((member) => member.userId), [carol.id]);
  }
  const { message } = await told(carol, 'joined');
  assert.deepEqual(message.system.userIds, [carol.id]);
  assert.equal(message.sender, bob.id);
  await says(alice, group, 'after');
  assert.equal((await carol.receives('after')).seq, 3);
  assert.ok((await says(carol, group, 'hi')).success);
  await alice.receives('hi');
  const seen = await carol.ask('chat:history', { sessionId: group._id });
  assert.deepEqual(seen.data.map((one) => one.seq), [2, 3, 4]);
  const own = await alice.ask('chat:history', { sessionId: group._id });
  assert.deepEqual(own.data.map((one) => one.seq), [1, 2, 3, 4]);
  assert.deepEqual((await succeeds(chat.rest.post(path(group, '/members'), { userIds: [carol.id] }))).joined, []);
  for (const userIds of [undefined, [], 'x', [7], ['a b']])
    await refuses(chat.rest.post(path(group, '/members'), { userIds }), 400, 'VALIDATION_FAILED', 'userIds');
  await refuses(chat.rest.post(path(group, '/members'), { userIds: ['x'], userId: chat.idOf('stranger') }), 403, 'FORBIDDEN');
}));

test('who came later is not told of an earlier message, whatever changes', () =>
  withSettings({ systemMessages: false }, async (chat) => {
    const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
    const group = await makes(chat, alice, [bob]);
    const { data: before } = await says(alice, group, 'before');
    await succeeds(chat.rest.post(path(group, '/members'), { userIds: [carol.id], userId: alice.id }));
    await succeeds(chat.rest.call('PUT', path(group), { sessionName: 'renamed', userId: alice.id }));
    await succeeds(chat.rest.call('PUT', path(group, `/members/${bob.id}`), { role: 'admin', operatorId: alice.id }));
    const told = [await carol.hears('session:created'), await carol.hears('session:updated'), await carol.hears('session:updated')];
    for (const { session } of told) {
      assert.equal(session.lastMessage, null);
      assert.equal(session.lastMessageTime, null);
    }
    for (const device of [alice, bob])
      assert.equal((await device.hears('session:updated')).session.lastMessage._id, before._id);
    isFailure(await carol.ask('message:send', {
      sessionId: group._id, senderId: carol.id, content: 'what?', messageType: 'text', replyTo: before._id,
    }), 'VALIDATION_FAILED', { names: 'replyTo' });
    const { data: after } = await says(alice, group, 'after');
    await succeeds(chat.rest.call('PUT', path(group), { sessionName: 'again', userId: alice.id }));
    const update = await carol.hears('session:updated', ({ session }) => session.sessionName === 'again');
    assert.equal(update.session.lastMessage._id, after._id);
  }));

test('leaving and removing: who may, and what those who are out no longer get', act(async (chat) => {
  const people = [];
  for (const name of ['alice', 'bob', 'carol', 'dave']) people.push(await chat.enters(name));
  const [alice, bob, carol, dave] = people;
  const group = await makes(chat, alice, [bob, carol, dave]);
  const remove = (who, by) => chat.rest.call('DELETE', path(group, `/members/${who.id}?operatorId=${by.id}`));
  const promote = (who) => chat.rest.call('PUT', path(group, `/members/${who.id}`), { role: 'admin', operatorId: alice.id });
  await refuses(remove(carol, bob), 403, 'FORBIDDEN');
  await succeeds(promote(bob));
  await succeeds(promote(dave));
  await refuses(remove(dave, bob), 403, 'FORBIDDEN');
  await refuses(remove(alice, bob), 403, 'FORBIDDEN');
  assert.deepEqual(await succeeds(remove(carol, bob)), { sessionId: group._id, userId: carol.id, dissolved: false });
  for (const device of people)
    assert.deepEqual(await device.hears('session:member:left'),
      { sessionId: group._id, memberCount: 3, byUserId: bob.id, userIds: [carol.id] });
  assert.deepEqual((await told(alice, 'removed')).message.system.userIds, [carol.id]);
  await refuses(remove(carol, bob), 404, 'NOT_FOUND');
  isFailure(await says(carol, group, 'let me in'), 'FORBIDDEN');
  await succeeds(remove(dave, dave));
  const { message } = await told(alice, 'left');
  assert.equal(message.sender, dave.id);
  await says(alice, group, 'we two');
  await bob.receives('we two');
  assert.ok(!carol.received().includes('we two') && !dave.received().includes('we two'));
  assert.deepEqual((await chat.rest.get(`/api/chat/sessions/${dave.id}`)).body.data, []);
}));

test('roles: the owner makes admins and hands the group over', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob, carol]);
  const set = (who, change, by) => chat.rest.call('PUT', path(group, `/members/${who.id}`), { ...change, operatorId: by?.id });
  await refuses(set(carol, { role: 'admin' }, bob), 403, 'FORBIDDEN');
  await refuses(set(carol, { role: 'king' }, alice), 400, 'VALIDATION_FAILED', 'role');
  await refuses(set(carol, {}, alice), 400, 'VALIDATION_FAILED', 'role');
  await refuses(set(alice, { role: 'member' }, alice), 409, 'CONFLICT');
  await refuses(set({ id: chat.idOf('stranger') }, { role: 'admin' }, alice), 404, 'NOT_FOUND');
  const admin = await succeeds(set(bob, { role: 'admin' }, alice));
  assert.equal(admin.role, 'admin');
  assert.equal(admin.user._id, bob.id);
  const event = await carol.hears('session:updated');
  assert.deepEqual(event.members, [admin]);
  await refuses(set(carol, { role: 'admin' }, bob), 403, 'FORBIDDEN');
  assert.equal((await succeeds(set(carol, { role: 'owner' }, alice))).role, 'owner');
  assert.equal((await carol.hears('session:updated', ({ session }) => session.ownerId === carol.id)).byUserId, alice.id);
  assert.deepEqual((await told(bob, 'owner')).message.system.userIds, [carol.id]);
  assert.deepEqual(roles(await succeeds(chat.rest.get(path(group)))),
    { [alice.id]: 'admin', [bob.id]: 'admin', [carol.id]: 'owner' });
  await refuses(set(bob, { role: 'owner' }, alice), 403, 'FORBIDDEN');
  // The trusted back end acts with the owner's powers.
  assert.equal((await succeeds(set(bob, { role: 'member' }))).role, 'member');
}));

test('of many transfers at once one counts', act(async (chat) => {
  const alice = await chat.enters('alice');
  const others = Array.from({ length: 20 }, (_, i) => chat.idOf(`m${i}`));
  const group = await makes(chat, alice, others);
  const answers = await Promise.all(others.map((id) =>
    chat.rest.call('PUT', path(group, `/members/${id}`), { role: 'owner', operatorId: alice.id })));
  const won = answers.filter((answer) => answer.status === 200);
  assert.equal(won.length, 1);
  for (const answer of answers) assert.ok([200, 403, 409].includes(answer.status), answer.text);
  const detail = await succeeds(chat.rest.get(path(group)));
  assert.equal(detail.ownerId, won[0].body.data.userId);
  assert.deepEqual(detail.members.filter((member) => member.role === 'owner').map((member) => member.userId), [detail.ownerId]);
}));

test('a muted member cannot write until the mute is over or taken back', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob, carol]);
  const mute = (who, mutedUntil, by) => chat.rest.call('PUT', path(group, `/members/${who.id}`), { mutedUntil, operatorId: by.id });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await refuses(mute(carol, later, bob), 403, 'FORBIDDEN');
  await refuses(mute(carol, 'tomorrow', alice), 400, 'VALIDATION_FAILED', 'mutedUntil');
  await refuses(mute(carol, 7, alice), 400, 'VALIDATION_FAILED', 'mutedUntil');
  await refuses(mute(alice, later, alice), 403, 'FORBIDDEN');
  assert.equal((await succeeds(mute(carol, later, alice))).mutedUntil, later);
  assert.equal((await carol.hears('session:updated')).members[0].mutedUntil, later);
  isFailure(await says(carol, group, 'but'), 'FORBIDDEN', { names: 'muted' });
  await refuses(chat.rest.post('/api/chat/messages', { sessionId: group._id, senderId: carol.id, content: 'but' }), 403, 'FORBIDDEN');
  assert.ok((await says(bob, group, 'peace')).success);
  await carol.receives('peace');
  assert.equal((await succeeds(mute(carol, null, alice))).mutedUntil, null);
  assert.ok((await says(carol, group, 'thanks')).success);
  await succeeds(mute(carol, new Date(Date.now() - 1000).toISOString(), alice));
  assert.ok((await says(carol, group, 'still here')).success);
}));

test('leaving and being brought back lifts no mute', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob, carol]);
  const mute = (mutedUntil) => chat.rest.call('PUT', path(group, `/members/${carol.id}`), { mutedUntil, operatorId: alice.id });
  const comesBack = async () => {
    await succeeds(chat.rest.call('DELETE', path(group, `/members/${carol.id}?operatorId=${carol.id}`)));
    await succeeds(chat.rest.post(path(group, '/members'), { userIds: [carol.id], operatorId: bob.id }));
  };
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await succeeds(mute(later));
  for (let i = 0; i < 2; ++i) {
    await comesBack();
    isFailure(await says(carol, group, 'but'), 'FORBIDDEN', { names: 'muted' });
    const { members } = await succeeds(chat.rest.get(path(group)));
    assert.equal(members.find((member) => member.userId === carol.id).mutedUntil, later);
  }
  await succeeds(mute(null));
  await comesBack();
  assert.ok((await says(carol, group, 'thanks')).success);
}));

test('the owner leaves: the group passes on, and ends with the last one', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob, carol]);
  await succeeds(chat.rest.call('PUT', path(group, `/members/${carol.id}`), { role: 'admin' }));
  const leave = (who) => chat.rest.call('DELETE', path(group, `/members/${who.id}?operatorId=${who.id}`));
  assert.equal((await succeeds(leave(alice))).dissolved, false);
  assert.deepEqual(roles(await succeeds(chat.rest.get(path(group)))), { [bob.id]: 'member', [carol.id]: 'owner' });
  await succeeds(leave(carol));
  assert.deepEqual(roles(await succeeds(chat.rest.get(path(group)))), { [bob.id]: 'owner' });
  assert.equal((await succeeds(leave(bob))).dissolved, true);
  await refuses(chat.rest.get(path(group)), 404, 'NOT_FOUND');
  assert.deepEqual(await bob.hears('session:deleted'), { sessionId: group._id, byUserId: bob.id });
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

async function withSettings(group_chat, play) {
  const own = await startServer({ config: { plugins: { group_chat } } });
  const chat = new Chat(own);
  try {
    await play(chat, own);
  } finally {
    chat.end();
    await own.stop();
  }
}

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
