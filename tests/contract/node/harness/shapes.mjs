// SPDX-License-Identifier: Apache-2.0
// What the contract says of the objects that travel.
import assert from 'node:assert/strict';

export const objectId = /^[0-9a-f]{24}$/;
export const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const userMembers = ['_id', 'avatar', 'email', 'lastSeen', 'phone', 'realName', 'role', 'status', 'username'];
const messageMembers = [
  '_id', 'content', 'createdAt', 'fileName', 'fileSize', 'fileUrl', 'messageType', 'readBy', 'receiver', 'sender',
  'seq', 'sessionId', 'status', 'updatedAt',
];
const sessionMembers = [
  '_id', 'createdAt', 'lastMessage', 'lastMessageTime', 'participants', 'sessionName', 'sessionType', 'unreadCount',
  'updatedAt',
];

export function isUser(user, expected = {}) {
  assert.deepEqual(Object.keys(user).sort(), userMembers);
  assert.ok(['online', 'away', 'offline'].includes(user.status), user.status);
  if (user.lastSeen !== null) assert.match(user.lastSeen, isoTime);
  for (const [name, value] of Object.entries(expected)) assert.equal(user[name], value, name);
}

export function isMessage(message, expected = {}) {
  const optional = ['clientMessageId', 'replyTo', 'forwardedFrom', 'recalled', 'system'];
  assert.deepEqual(Object.keys(message).filter((name) => !optional.includes(name)).sort(), messageMembers);
  assert.match(message._id, objectId);
  assert.match(message.sessionId, objectId);
  assert.match(message.createdAt, isoTime);
  assert.match(message.updatedAt, isoTime);
  assert.ok(Number.isInteger(message.seq) && message.seq >= 1);
  assert.ok(['sent', 'delivered', 'read'].includes(message.status), message.status);
  assert.ok(Array.isArray(message.readBy));
  for (const [name, value] of Object.entries(expected)) assert.equal(message[name], value, name);
}

export function isSession(session, participants) {
  assert.deepEqual(Object.keys(session).sort(), sessionMembers);
  assert.match(session._id, objectId);
  assert.equal(session.sessionType, 'private');
  assert.match(session.createdAt, isoTime);
  assert.match(session.updatedAt, isoTime);
  session.participants.forEach((user) => isUser(user));
  assert.deepEqual(session.participants.map((user) => user._id).sort(), [...participants].sort());
}

/// Messages without what may change between two looks at them: whether they were delivered meanwhile.
export function withoutStatus(messages) {
  return messages.map(({ status, ...message }) => message);
}

/// Exactly the failure object; with `event`, the one of an `error` event. `names` is what its detail must name.
export function isFailure(failure, code, { event, names, english = false } = {}) {
  const members = ['code', 'error', 'message', 'success'];
  if (event) members.splice(2, 0, 'event');
  if (code === 'RATE_LIMITED' && 'retryAfter' in failure) members.push('retryAfter');
  assert.deepEqual(Object.keys(failure).sort(), members.sort());
  if ('retryAfter' in failure) assert.ok(Number.isInteger(failure.retryAfter) && failure.retryAfter > 0);
  assert.equal(failure.success, false);
  assert.equal(failure.code, code, JSON.stringify(failure));
  assert.equal(typeof failure.error, 'string');
  if (english) assert.match(failure.message, /^[\x20-\x7e]+$/);
  else assert.match(failure.message, /\p{Script=Han}/u);
  if (event) assert.equal(failure.event, event);
  if (names) assert.ok(failure.error.includes(names), `"${failure.error}" does not name ${names}`);
}
