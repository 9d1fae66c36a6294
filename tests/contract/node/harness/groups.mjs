// SPDX-License-Identifier: Apache-2.0
// What tests of groups ask and expect.
import assert from 'node:assert/strict';
import { Chat } from './chat.mjs';
import { startServer } from './server.mjs';
import { isFailure } from './shapes.mjs';

export const path = (group, more = '') => `/api/chat/sessions/group/${group._id ?? group}${more}`;
export const idsOf = (people) => people.map((person) => person.id ?? person);
export const roles = (detail) => Object.fromEntries(detail.members.map(({ userId, role }) => [userId, role]));

export async function makes(chat, owner, others, sessionName = 'us') {
  const made = await chat.rest.post('/api/chat/sessions/group', { sessionName, creatorId: owner.id, participants: idsOf(others) });
  assert.equal(made.status, 201, made.text);
  return made.body.data;
}

export async function refuses(answer, status, code, names) {
  const { status: found, body } = await answer;
  assert.equal(found, status, JSON.stringify(body));
  isFailure(body, code, { names });
}

export const succeeds = async (answer) => {
  const { status, body } = await answer;
  assert.equal(status, 200, JSON.stringify(body));
  return body.data;
};

export const says = (device, group, content) => device.ask('message:send', { sessionId: group._id, senderId: device.id, content, messageType: 'text' });
export const told = (device, action) => device.hears('message:receive', ({ message }) => message.system?.action === action);

/// A play on a server of its own.
export async function withSettings(group_chat, play) {
  const own = await startServer({ config: { plugins: { group_chat } } });
  const chat = new Chat(own);
  try {
    await play(chat, own);
  } finally {
    chat.end();
    await own.stop();
  }
}
