// SPDX-License-Identifier: Apache-2.0
// The Node server that Parley takes over from. node server.mjs DATABASE_URI: listens on a free port of the loopback
// address, prints its URL and ends when its standard input does.
import { createServer } from 'node:http';
import express from 'express';
import mongoose from 'mongoose';
import { Server } from 'socket.io';
import * as chat from './chat.mjs';
import { OnlineUser, User } from './models.mjs';

const app = express();
const server = createServer(app);
const io = new Server(server, { cors: { origin: '*' } });
app.use(express.json());

const fail = (error) => ({ success: false, message: error.message, error: String(error) });
const answer = (work) => async (request, response) => {
  try {
    response.json({ success: true, ...(await work(request)) });
  } catch (error) {
    response.status(error instanceof chat.NotFound ? 404 : 500).json(fail(error));
  }
};
const number = (text, otherwise) => Number.parseInt(text ?? otherwise, 10);

app.get('/api/health', (_, response) =>
  response.json({ status: 'ok', timestamp: new Date(), message: '聊天服务器运行正常' }));
app.get('/api/chat/users', answer(async () => ({ data: await chat.users() })));
app.get('/api/chat/users/online', answer(async () => ({ data: await chat.onlineUsers() })));
app.get('/api/chat/sessions/:userId', answer(({ params, query }) =>
  chat.sessions(params.userId, number(query.page, 1), number(query.limit, 20))));
app.post('/api/chat/sessions/private', answer(async ({ body }) =>
  ({ data: await chat.sessionOf(body.userId1, body.userId2) })));
app.get('/api/chat/messages/search', answer(({ query }) =>
  chat.search(query.userId, query.keyword, query.sessionId, number(query.page, 1), number(query.limit, 20))));
app.get('/api/chat/messages/unread/:userId', answer(async ({ params }) => ({ data: await chat.unread(params.userId) })));
app.get('/api/chat/messages/:sessionId', answer(({ params, query }) =>
  chat.history(params.sessionId, number(query.page, 1), number(query.limit, 50))));
app.post('/api/chat/messages', answer(async ({ body }) => ({ data: await deliver(body) })));
app.put('/api/chat/messages/:messageId/read', answer(async ({ params, body }) =>
  ({ data: await chat.markRead(params.messageId, body.userId) })));
app.delete('/api/chat/messages/:messageId', answer(async ({ params, body }) => {
  await chat.remove(params.messageId, body.userId);
  return {};
}));
app.get('/api/chat/stats/:userId', answer(async ({ params }) => ({ data: await chat.stats(params.userId) })));

async function deliver(draft, socket) {
  const { message, session } = await chat.send(draft);
  for (const participant of session.participants)
    if (String(participant) !== String(draft.senderId)) io.to(String(participant)).emit('message:receive', { message });
  socket?.emit('message:sent', { success: true, message });
  return message;
}

async function setStatus(userId, status) {
  await User.updateOne({ _id: userId }, { status, lastSeen: new Date() });
  const user = await User.findById(userId);
  if (user) io.emit('user:status', { userId, username: user.username, status, lastSeen: user.lastSeen });
}

const events = {
  async 'user:join'(socket, { id }) {
    socket.data.userId = id;
    socket.join(id);
    await OnlineUser.updateOne({ socketId: socket.id }, {
      userId: id, status: 'online', lastSeen: new Date(),
      userAgent: socket.handshake.headers['user-agent'] ?? '', ipAddress: socket.handshake.address,
    }, { upsert: true });
    await setStatus(id, 'online');
    socket.emit('user:joined', { success: true, user: await User.findById(id) });
  },
  'message:send': (socket, draft) => deliver(draft, socket),
  async 'users:online'(socket, acknowledge) {
    const users = await chat.onlineUsers();
    if (typeof acknowledge === 'function') acknowledge(users);
    socket.emit('users:online', users);
  },
  async 'chat:history'(socket, { sessionId, page, limit }) {
    socket.emit('chat:history', { success: true, sessionId, ...(await chat.history(sessionId, page, limit)) });
  },
  'user:status:update': (socket, status) => setStatus(socket.data.userId, status),
  async 'message:read'(socket, { messageId, userId }) {
    const message = await chat.markRead(messageId, userId);
    io.to(String(message.sender)).emit('message:read', { messageId, sessionId: message.sessionId, userId });
    io.to(String(message.sender)).emit('message:status', { messageId, status: message.status });
  },
  async 'unread:count'(socket, userId) {
    socket.emit('unread:count', { success: true, data: await chat.unread(userId) });
  },
  'typing:start': (socket, data) => socket.to(data.receiverId).emit('typing:start', data),
  'typing:stop': (socket, data) => socket.to(data.receiverId).emit('typing:stop', data),
};

io.on('connection', (socket) => {
  for (const [event, act] of Object.entries(events))
    socket.on(event, (...given) => Promise.resolve(act(socket, ...given)).catch((error) => socket.emit('error', fail(error))));
  socket.on('disconnect', async () => {
    await OnlineUser.deleteOne({ socketId: socket.id }).catch(() => {});
    if (socket.data.userId) await setStatus(socket.data.userId, 'offline').catch(() => {});
  });
});

await mongoose.connect(process.argv[2]);
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit());
