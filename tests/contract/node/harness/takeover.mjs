// SPDX-License-Identifier: Apache-2.0
// What two servers on the same database answer to the same questions.
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { until } from './server.mjs';

const keywords = ['会议', '支付宝', '服务器'];

/// All pages of a list.
async function pagesOf(ask, path, limit) {
  const all = [];
  for (let page = 1; ; ++page) {
    const answer = await ask(`${path}${path.includes('?') ? '&' : '?'}page=${page}&limit=${limit}`);
    all.push(answer);
    if (page >= answer.pagination.pages) return all;
  }
}

/// A few at a time: a server that reads all documents for every question has enough with that.
async function inTurns(list, work) {
  const left = [...list];
  await Promise.all(Array.from({ length: 3 }, async () => {
    while (left.length > 0) await work(left.shift());
  }));
}

export class Answers {
  constructor(url, people) {
    this.url = url;
    this.people = people;
  }

  async ask(path) {
    const response = await fetch(this.url + path);
    const answer = await response.json();
    assert.ok(answer.success, `${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /// With two of the people online; of the first `deep` people more than one page of sessions.
  async record({ deep = 1 } = {}) {
    const ask = (path) => this.ask(path);
    const users = (await ask('/api/chat/users')).data;
    const online = this.people.slice(0, 2).map((id) => users.find(({ _id }) => _id === id));
    const sockets = await Promise.all(online.map((user) => this.join(user)));
    const result = { users, sessions: {}, unread: {}, stats: {}, history: {} };
    await inTurns(this.people, async (id) => {
      const limit = this.people.indexOf(id) < deep ? 4 : 100;
      result.sessions[id] = (await pagesOf(ask, `/api/chat/sessions/${id}`, limit)).flatMap((page) => page.data);
      result.unread[id] = (await ask(`/api/chat/messages/unread/${id}`)).data;
      result.stats[id] = (await ask(`/api/chat/stats/${id}`)).data;
    });
    const sessions = new Set(Object.values(result.sessions).flat().map(({ _id }) => _id));
    await inTurns([...sessions].sort(), async (id) => {
      result.history[id] = await pagesOf(ask, `/api/chat/messages/${id}`, 70);
    });
    result.events = await this.heard(sockets[0], this.people[0], result.sessions[this.people[0]][0]._id);
    sockets.forEach((socket) => socket.disconnect());
    return result;
  }

  async join({ _id, username }) {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true, reconnection: false });
    const joined = new Promise((resolve, reject) => {
      socket.once('user:joined', resolve);
      socket.once('error', (error) => reject(new Error(JSON.stringify(error))));
      socket.once('connect_error', reject);
    });
    socket.emit('user:join', { id: _id, username });
    await joined;
    return socket;
  }

  /// The ids of the messages that some of the people find.
  async found() {
    const all = {};
    await inTurns(this.people.slice(0, 3), async (id) => {
      for (const keyword of keywords) all[`${id} ${keyword}`] = await this.search(id, keyword);
    });
    return all;
  }

  async search(id, keyword) {
    const path = `/api/chat/messages/search?userId=${id}&keyword=${encodeURIComponent(keyword)}`;
    const pages = await pagesOf((page) => this.ask(page), path, 50);
    return pages.flatMap((page) => page.data).map((message) => message._id).sort();
  }

  /// The same by events.
  async heard(socket, id, sessionId) {
    const answers = {};
    for (const [event, data] of [['chat:history', { sessionId, page: 1, limit: 20 }], ['unread:count', id]]) {
      socket.once(event, (answer) => (answers[event] = answer));
      socket.emit(event, data);
      await until(() => answers[event], event);
    }
    return answers;
  }
}

const message = (one) => one && {
  _id: one._id,
  sessionId: one.sessionId,
  sender: one.sender ?? null,
  receiver: one.receiver ?? null,
  content: one.content,
  messageType: one.messageType,
  fileUrl: one.fileUrl,
  fileName: one.fileName,
  fileSize: one.fileSize,
  status: one.status,
  readBy: one.readBy.map(({ user, readAt }) => `${readAt} ${user}`).sort(),
  createdAt: one.createdAt,
  updatedAt: one.updatedAt ?? one.createdAt,
};
// Who is there is of the moment.
const user = ({ _id, username, realName = '', email = '', phone = '', avatar = '', role = 'user' }) =>
  ({ _id, username, realName, email, phone, avatar, role });
const session = (one) => ({
  _id: one._id,
  // Mongoose leaves out those who are gone; Parley shows their ids.
  participants: [...new Map(one.participants.filter(({ username }) => username).map((who) => [who._id, user(who)])).values()]
    .sort((a, b) => (a._id < b._id ? -1 : 1)),
  sessionType: one.sessionType,
  sessionName: one.sessionName,
  lastMessage: message(one.lastMessage) ?? null,
  lastMessageTime: one.lastMessage ? one.lastMessageTime : null,
  unreadCount: one.unreadCount,
  createdAt: one.createdAt,
  updatedAt: one.updatedAt,
});
const page = ({ data, pagination }) => ({ data: data.map(message), pagination });
const each = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

/// Answers without what is documented as added or left out.
export const comparable = (answers) => ({
  ...answers,
  users: answers.users.map(user),
  sessions: each(answers.sessions, (list) => list.map(session)),
  history: each(answers.history, (pages) => pages.map(page)),
  unread: each(answers.unread, ({ unreadCount, sessions }) => ({ unreadCount, sessions })),
  events: {
    'chat:history': page(answers.events['chat:history']),
    'unread:count': answers.events['unread:count'].data.unreadCount,
  },
});

/// The first places where two values differ.
export function differences(a, b, at = '', found = []) {
  if (found.length >= 10) return found;
  if (a && b && typeof a === 'object' && typeof b === 'object') {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) differences(a[key], b[key], `${at}/${key}`, found);
  } else if (!Object.is(a, b)) {
    found.push(`${at}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`);
  }
  return found;
}
