// SPDX-License-Identifier: Apache-2.0
// The members of groups: coming and going, roles, mutes.
// Needs the plugins: group_chat messaging users
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scene } from './harness/chat.mjs';
import { makes, path, refuses, roles, says, succeeds, told, withSettings } from './harness/groups.mjs';
import { startServer, until } from './harness/server.mjs';
import { isFailure } from './harness/shapes.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const act = (play) => scene(() => server, ['websocket'], play);

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

test('a role that somebody has already is told to nobody', act(async (chat) => {
  const [alice, bob] = [await chat.enters('alice'), await chat.enters('bob')];
  const group = await makes(chat, alice, [bob]);
  const set = (role) => succeeds(chat.rest.call('PUT', path(group, `/members/${bob.id}`), { role, operatorId: alice.id }));
  for (const role of ['member', 'admin', 'admin', 'member']) assert.equal((await set(role)).role, role);
  await bob.hears('session:updated', ({ members }) => members[0].role === 'member');
  assert.deepEqual(bob.all('session:updated').map(({ members }) => members[0].role), ['admin', 'member']);
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

test('a muted member neither invites nor edits, as the conversation would tell it in their name; they read and leave', act(async (chat) => {
  const [alice, bob, carol] = [await chat.enters('alice'), await chat.enters('bob'), await chat.enters('carol')];
  const group = await makes(chat, alice, [bob, carol]);
  await succeeds(chat.rest.call('PUT', path(group, `/members/${bob.id}`), { role: 'admin', operatorId: alice.id }));
  const mute = (who, mutedUntil) => succeeds(chat.rest.call('PUT', path(group, `/members/${who.id}`), { mutedUntil, operatorId: alice.id }));
  const invite = (by, id) => chat.rest.post(path(group, '/members'), { userIds: [id], userId: by.id });
  const edit = (by, change) => chat.rest.call('PUT', path(group), { ...change, userId: by.id });
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await mute(bob, later);
  await mute(carol, later);
  const sending = await says(carol, group, 'but');
  for (const by of [bob, carol]) {
    const answer = await invite(by, 'buy:here');
    assert.equal(answer.status, 403, answer.text);
    isFailure(answer.body, 'FORBIDDEN', { names: 'muted' });
    assert.equal(answer.body.message, sending.message);
    assert.equal(answer.body.retryAfter, sending.retryAfter);
  }
  await refuses(edit(bob, { announcement: 'but' }), 403, 'FORBIDDEN', 'muted');
  await refuses(edit(bob, { sessionName: 'but' }), 403, 'FORBIDDEN', 'muted');
  assert.equal((await succeeds(chat.rest.get(path(group, `?userId=${bob.id}`)))).memberCount, 3);
  assert.deepEqual((await carol.ask('chat:history', { sessionId: group._id })).data, []);
  await mute(bob, null);
  await succeeds(edit(bob, { announcement: 'again' }));
  await succeeds(invite(bob, chat.idOf('dave')));
  await succeeds(chat.rest.call('DELETE', path(group, `/members/${carol.id}?operatorId=${carol.id}`)));
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
