// SPDX-License-Identifier: Apache-2.0
// The yardstick of tests/bench/compare: the standard API's chat on Express and Socket.IO, in one process as most run it.
//   node server.mjs memory | node server.mjs mongoose DATABASE_URI
// Listens on a free port of the loopback address and prints its URL; ends with SIGTERM.
import { createServer } from 'node:http';
import express from 'express';
import { Server } from 'socket.io';

const [kind, uri] = process.argv.slice(2);
const { openStore } = await import(`./${kind}_store.mjs`);
const store = await openStore(uri);

const everyoneLimit = 200; // of users online: up to here everyone hears who comes and goes, then those who share a session
const contactGroupLimit = 1000;
const maxContent = 16 * 1024;
const messageTypes = new Set(['text', 'image', 'file', 'voice']);

class Failure extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}
const invalid = (detail) => new Failure(400, 'VALIDATION_FAILED', detail);
const shown = (error) => ({
  success: false,
  message: error.code ? '请求无法处理' : '服务器内部错误',
  error: error.code ? error.message : 'internal error',
  code: error.code ?? 'INTERNAL',
});

const app = express();
app.disable('x-powered-by');
app.disable('etag'); // answers change all the time
app.use('/api/chat', express.json({ limit: '1mb' }));
const server = createServer(app);
const io = new Server(server, { cors: { origin: '*' }, maxHttpBufferSize: 1e6 });
// Socket.IO's advice for many clients: the request of the handshake is not needed again.
io.engine.on('connection', (socket) => { socket.request = null; });

// ---- Users ----

const online = new Map(); // by user id: how many sockets
const userRoom = (id) => `user:${id}`;

const isId = (value) => typeof value === 'string' && /^[\w.:@-]{1,64}$/.test(value);

function announce(socket, user) {
  const status = { userId: user._id, username: user.username, status: user.status, lastSeen: user.lastSeen };
  if (online.size <= everyoneLimit) {
    socket.broadcast.emit('user:status', status);
  } else if (socket.data.contactRooms.length > 0) {
    socket.to(socket.data.contactRooms).emit('user:status', status);
  }
}

async function join(socket, given) {
  if (!isId(given?.id)) throw invalid('id');
  if (typeof given.username !== 'string') throw invalid('username');
  const user = await store.saveUser(given, 'online');
  const sessions = await store.sessionsOf(user._id);
  socket.data.userId = user._id;
  socket.data.contactRooms = sessions.filter(({ size }) => size <= contactGroupLimit).map(({ _id }) => _id);
  socket.join([userRoom(user._id), ...sessions.map(({ _id }) => _id)]);
  const sockets = online.get(user._id) ?? 0;
  online.set(user._id, sockets + 1);
  if (sockets === 0) announce(socket, user);
  socket.emit('user:joined', { success: true, user });
  return user;
}

async function leave(socket) {
  const { userId } = socket.data;
  if (!userId) return;
  const sockets = online.get(userId) - 1;
  if (sockets > 0) return void online.set(userId, sockets);
  online.delete(userId);
  announce(socket, await store.setStatus(userId, 'offline'));
}

// ---- Messages ----

function checkMessage({ sessionId, senderId, receiverId, content = '', messageType = 'text' }) {
  if (!isId(senderId)) throw invalid('senderId');
  if (sessionId ? !isId(sessionId) : !isId(receiverId)) throw invalid('receiverId');
  if (typeof content !== 'string' || Buffer.byteLength(content) > maxContent) throw invalid('content');
  if (!messageTypes.has(messageType)) throw invalid('messageType');
}

async function sessionFor({ sessionId, senderId, receiverId }) {
  if (!sessionId) {
    const { session, made } = await store.privateSession(senderId, receiverId);
    if (made) io.in([userRoom(senderId), userRoom(receiverId)]).socketsJoin(session._id);
    return session;
  }
  const session = await store.session(sessionId);
  if (!session) throw new Failure(404, 'NOT_FOUND', 'no such session');
  if (!session.participants.has(senderId)) throw new Failure(403, 'FORBIDDEN', 'not a participant');
  return session;
}

/// The message is stored when this is done; to all others in the session it is on its way.
async function send(draft, socket) {
  checkMessage(draft);
  if (socket && draft.senderId !== socket.data.userId) throw new Failure(403, 'FORBIDDEN', 'senderId is another user');
  const session = await sessionFor(draft);
  const message = await store.addMessage(session, draft);
  (socket ?? io).to(session._id).emit('message:receive', { message });
  if (message.receiver && online.has(message.receiver)) {
    io.to(userRoom(message.sender)).emit('message:status', {
      messageId: message._id, sessionId: message.sessionId, userId: message.receiver, status: 'delivered',
    });
  }
  return message;
}

async function history({ sessionId, page = 1, limit = 50 }) {
  const [number, size] = [Number(page), Number(limit)];
  if (!Number.isInteger(number) || number < 1) throw invalid('page');
  if (!Number.isInteger(size) || size < 1 || size > 100) throw invalid('limit');
  const { data, total } = await store.history(sessionId, number, size);
  return { data, pagination: { page: number, limit: size, total, pages: Math.ceil(total / size) } };
}

async function markRead({ messageId, userId }) {
  const { message, readAt } = await store.markRead(messageId, userId);
  if (!message) throw new Failure(404, 'NOT_FOUND', 'no such message');
  const mark = { messageId, sessionId: message.sessionId, userId, readAt };
  io.to([userRoom(message.sender), userRoom(userId)]).emit('message:read', mark);
  if (message.receiver) io.to(userRoom(message.sender)).emit('message:status', { ...mark, status: 'read' });
  return mark;
}

// ---- Events ----

const events = {
  'user:join': join,
  async 'message:send'(socket, draft) {
    const message = await send(draft ?? {}, socket);
    socket.emit('message:sent', { success: true, message });
    return message;
  },
  async 'chat:history'(socket, request) {
    const found = await history(request ?? {});
    socket.emit('chat:history', { success: true, sessionId: request.sessionId, ...found });
    return found.data;
  },
  'message:read': (socket, request) => markRead(request ?? {}),
  async 'unread:count'(socket, userId) {
    const data = await store.unread(userId);
    socket.emit('unread:count', { success: true, data });
    return data;
  },
  async 'user:status:update'(socket, status) {
    announce(socket, await store.setStatus(socket.data.userId, status));
  },
  'typing:start': (socket, data) => { socket.to(data.sessionId).emit('typing:start', data); },
  'typing:stop': (socket, data) => { socket.to(data.sessionId).emit('typing:stop', data); },
};

io.on('connection', (socket) => {
  for (const [event, act] of Object.entries(events)) {
    socket.on(event, async (data, acknowledge) => {
      try {
        const result = await act(socket, data);
        acknowledge?.({ success: true, data: result });
      } catch (error) {
        if (acknowledge) acknowledge(shown(error));
        else socket.emit('error', { ...shown(error), event });
      }
    });
  }
  socket.on('disconnect', () => { leave(socket).catch(() => {}); });
});

// ---- REST ----

const answer = (work, status = 200) => async (request, response) => {
  try {
    response.status(status).json({ success: true, ...(await work(request)) });
  } catch (error) {
    response.status(error.status ?? 500).json(shown(error));
  }
};

app.get('/api/health', (_, response) => {
  response.json({ status: 'ok', timestamp: new Date(), message: '聊天服务器运行正常' });
});
app.get('/api/chat/messages/unread/:userId', answer(async ({ params }) => ({ data: await store.unread(params.userId) })));
app.get('/api/chat/messages/:sessionId', answer(({ params, query }) => history({ ...query, ...params })));
app.post('/api/chat/messages', answer(async ({ body }) => ({ data: await send(body) }), 201));
app.post('/api/chat/sessions/group', answer(async ({ body: { sessionName, creatorId, participants } }) => {
  if (!isId(creatorId) || !Array.isArray(participants) || !participants.every(isId)) throw invalid('participants');
  const session = await store.addGroup(sessionName, [...new Set([creatorId, ...participants])]);
  io.in([...session.participants].map(userRoom)).socketsJoin(session._id);
  return { data: { _id: session._id, sessionType: 'group', sessionName } };
}, 201));

process.on('SIGTERM', () => process.exit());
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(`http://127.0.0.1:${server.address().port}`));
