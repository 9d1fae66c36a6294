// SPDX-License-Identifier: Apache-2.0
// Everything in the process's memory: nothing can be quicker, and nothing outlives the process.
import { randomBytes } from 'node:crypto';

const idPrefix = randomBytes(8).toString('hex');
let ids = 0;
const newId = () => idPrefix + (++ids).toString(16).padStart(8, '0');

export function openStore() {
  const users = new Map();
  const sessions = new Map();
  const sessionsByUser = new Map();
  const privateSessions = new Map();
  const messages = new Map();

  function addSession(sessionType, sessionName, participants) {
    const session = {
      _id: newId(), sessionType, sessionName, participants: new Set(participants), size: participants.length,
      unreadCount: new Map(), messages: [], lastMessage: null, lastMessageTime: null,
    };
    sessions.set(session._id, session);
    for (const id of participants) {
      const list = sessionsByUser.get(id);
      if (list) list.push(session);
      else sessionsByUser.set(id, [session]);
    }
    return session;
  }

  return {
    saveUser({ id, username, realName = '', avatar = '', role = 'user' }, status) {
      const user = { email: '', phone: '', ...users.get(id), _id: id, username, realName, avatar, role, status, lastSeen: new Date() };
      users.set(id, user);
      return user;
    },
    setStatus(id, status) {
      return Object.assign(users.get(id), { status, lastSeen: new Date() });
    },
    sessionsOf: (userId) => sessionsByUser.get(userId) ?? [],
    session: (id) => sessions.get(id),
    privateSession(one, other) {
      const key = one < other ? `${one} ${other}` : `${other} ${one}`;
      const found = privateSessions.get(key);
      if (found) return { session: found, made: false };
      const session = addSession('private', '', [one, other]);
      privateSessions.set(key, session);
      return { session, made: true };
    },
    addGroup: (sessionName, participants) => addSession('group', sessionName, participants),

    addMessage(session, { senderId, receiverId, content = '', messageType = 'text', fileUrl = '', fileName = '', fileSize = 0 }) {
      const now = new Date();
      const message = {
        _id: newId(), sessionId: session._id, seq: session.messages.length + 1, sender: senderId,
        receiver: session.sessionType === 'private' ? receiverId : null, content, messageType, fileUrl, fileName, fileSize,
        status: 'sent', readBy: [], createdAt: now, updatedAt: now,
      };
      session.messages.push(message);
      messages.set(message._id, message);
      session.lastMessage = message;
      session.lastMessageTime = now;
      const { unreadCount } = session;
      for (const id of session.participants)
        if (id !== senderId) unreadCount.set(id, (unreadCount.get(id) ?? 0) + 1);
      return message;
    },
    history(sessionId, page, limit) {
      const list = sessions.get(sessionId)?.messages ?? [];
      const end = Math.max(0, list.length - (page - 1) * limit);
      return { data: list.slice(Math.max(0, end - limit), end), total: list.length };
    },
    markRead(messageId, userId) {
      const message = messages.get(messageId);
      if (!message) return {};
      const mark = message.readBy.find(({ user }) => user === userId);
      if (mark) return { message, readAt: mark.readAt };
      const readAt = new Date();
      message.readBy.push({ user: userId, readAt });
      if (message.receiver === userId) message.status = 'read';
      const { unreadCount } = sessions.get(message.sessionId);
      if (message.sender !== userId) unreadCount.set(userId, unreadCount.get(userId) - 1);
      return { message, readAt };
    },
    unread(userId) {
      const counts = {};
      let unreadCount = 0;
      for (const session of sessionsByUser.get(userId) ?? []) {
        const count = session.unreadCount.get(userId) ?? 0;
        if (count > 0) counts[session._id] = count;
        unreadCount += count;
      }
      return { unreadCount, sessions: counts };
    },
  };
}
