// SPDX-License-Identifier: Apache-2.0
// Fills a database through the Node server, and beside it with what such databases hold after some years. The same
// numbers give the same database, but for its ids.
import bcrypt from 'bcryptjs';
import mongoose from 'mongoose';
import { ChatSession, Message, OnlineUser, User } from './models.mjs';

const { ObjectId } = mongoose.Types;

/// Numbers below `limit`, the same ones each time (mulberry32).
function dice(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const words = ['你好', '会议', '明天', '服务器', '报告', 'hello', 'Report', 'ok', '支付宝', '谢谢', 'meeting', '👍'];

async function call(url, method, path, body) {
  const response = await fetch(url + path, {
    method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!answer.success) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.data;
}

function draftOf(roll, number) {
  const text = Array.from({ length: 1 + roll(4) }, () => words[roll(words.length)]).join(' ');
  const kind = ['text', 'text', 'text', 'image', 'file', 'voice'][roll(6)];
  if (kind === 'text') return { content: `${text} ${number}`, messageType: kind };
  return { content: '', messageType: kind, fileUrl: `/uploads/${number}.bin`, fileName: `${text}.bin`, fileSize: roll(1e6) };
}

/// Through the server, as its clients do: sent, read, deleted.
async function converse(url, people, roll, rounds) {
  const sent = [];
  for (let i = 0; i < rounds; ++i) {
    const [one, other] = [people[roll(6)], people[6 + roll(6)]];
    const [sender, receiver] = roll(2) ? [one, other] : [other, one];
    const message = await call(url, 'POST', '/api/chat/messages',
      { senderId: sender, receiverId: receiver, ...draftOf(roll, i) });
    sent.push(message);
    const read = sent[roll(sent.length)];
    if (read && roll(3) > 0) await call(url, 'PUT', `/api/chat/messages/${read._id}/read`, { userId: read.receiver });
    if (roll(15) === 0) {
      const [gone] = sent.splice(roll(sent.length), 1);
      await call(url, 'DELETE', `/api/chat/messages/${gone._id}`, { userId: gone.sender });
    }
  }
}

/// A session with a long past. Groups of messages share a millisecond, and ids do not follow the times.
function past(session, people, roll, count, begin) {
  const group = session.sessionType === 'group';
  let time = begin;
  return Array.from({ length: count }, (_, i) => {
    if (i % 7 !== 3) time += 1 + roll(50_000);
    const sender = people[roll(people.length)];
    const receiver = group ? null : people.find((id) => id !== sender);
    const readers = people.filter((id) => id !== sender && roll(10) < (i < count * 0.8 ? 9 : 3));
    const message = {
      _id: new ObjectId(), sessionId: session._id, sender, receiver, ...draftOf(roll, i), status: 'sent',
      readBy: readers.map((user) => ({ user, readAt: new Date(time + 1000 + roll(9_000_000)) })),
      createdAt: new Date(time), updatedAt: new Date(time), __v: 0,
    };
    if (receiver && readers.includes(receiver)) message.status = 'read';
    else if (receiver && roll(2)) message.status = 'delivered';
    if (message.status === 'read' && roll(20) === 0) message.readBy = []; // from before `readBy`
    if (message.messageType === 'text' && roll(10) === 0) delete message.fileUrl, delete message.fileSize, delete message.updatedAt;
    if (roll(30) === 0) message.legacyFlags = { starred: true, colour: 'red', weight: 1.5 };
    return message;
  });
}

async function addSession(people, roll, { type = 'private', messages = 50, twice, begin = Date.UTC(2022, 0, 1), more = {} } = {}) {
  const session = {
    _id: new ObjectId(), participants: twice ? [...people, people[0]] : people, sessionType: type,
    sessionName: type === 'group' ? `小组 ${messages}` : '', lastMessage: null, lastMessageTime: null,
    unreadCount: roll(3) ? Object.fromEntries(people.map((id) => [String(id), roll(9)])) : undefined,
    createdAt: new Date(begin), updatedAt: new Date(begin), __v: 0, ...more,
  };
  if (!session.unreadCount) delete session.unreadCount;
  const list = past(session, people, roll, messages, begin);
  const last = list.reduce((a, b) => (!a || b.createdAt > a.createdAt || (+b.createdAt === +a.createdAt && b._id > a._id) ? b : a), null);
  if (last && !('lastMessage' in more)) Object.assign(session, { lastMessage: last._id, lastMessageTime: last.createdAt });
  // Written in no order, so that neither ids nor places follow the times.
  list.sort((a, b) => Number(`0x${String(a._id).slice(-3)}`) % 7 - Number(`0x${String(b._id).slice(-3)}`) % 7);
  await ChatSession.collection.insertOne(session);
  for (let i = 0; i < list.length; i += 500) await Message.collection.insertMany(list.slice(i, i + 500));
  return session;
}

/// `url`: of the Node server on the database that mongoose is connected to. Returns the ids of the users, as text.
export async function fill(url, { seed = 4, users = 30, rounds = 60, messages = 3000 } = {}) {
  const roll = dice(seed);
  const hash = await bcrypt.hash('密码123', 4);
  const people = [];
  for (let i = 0; i < users; ++i) {
    const user = await User.create({
      username: `user${String(i).padStart(3, '0')}`, password: hash, realName: `用户${i}`, email: `u${i}@example.org`,
      phone: `1380000${i}`, role: ['user', 'doctor', 'nurse', 'admin'][i % 4], isActive: i % 9 !== 0,
    });
    people.push(user._id);
  }
  await User.collection.insertOne({ username: 'sparse', password: hash, favouriteColour: 'green', __v: 0 });
  await converse(url, people.map(String), roll, rounds);

  const each = Math.ceil(messages / 30);
  const pairs = [[12, 13], [14, 15], [13, 12], [16, 17], [12, 13], [18, 19], [20, 21], [14, 22], [23, 23], [0, 6]];
  for (const [i, [one, other]] of pairs.entries()) // some have a session twice, one is with oneself
    await addSession([...new Set([people[one], people[other]])], roll,
      { messages: each, twice: i === 3, begin: Date.UTC(2022, (i * 5) % 12, 1) });
  for (let i = 0; i < 5; ++i) {
    const members = people.filter((_, at) => at % (i + 2) === 0);
    await addSession(members, roll, { type: 'group', messages: each * 4, twice: i === 1, begin: Date.UTC(2023, i, 1) });
  }
  await addSession([people[0], people[1]], roll, { messages: 0 });
  await addSession([people[2], people[3]], roll, { messages: 5, more: { lastMessage: new ObjectId() } }); // is gone
  const visited = await addSession([people[24], people[25]], roll, { messages: 30 });
  await Message.collection.insertMany(past(visited, [people[26], people[24]], roll, 10, Date.UTC(2022, 0, 1))); // a third one wrote
  const nowhere = { _id: new ObjectId(), sessionType: 'private' };
  await Message.collection.insertMany(past(nowhere, [people[0], people[1]], roll, 20, Date.UTC(2022, 0, 1)));
  const withGone = await addSession([people[4], new ObjectId()], roll, { messages: 12 }); // the other user is gone
  await Message.collection.insertOne({ // with little more than it needs
    _id: new ObjectId(), sessionId: withGone._id, sender: people[4], content: '只有内容', createdAt: new Date(Date.UTC(2024, 0, 1)),
  });
  await OnlineUser.collection.insertOne({ userId: people[7], socketId: 'left over', status: 'offline', __v: 0 });
  return people.map(String);
}
