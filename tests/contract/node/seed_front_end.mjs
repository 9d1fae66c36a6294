// SPDX-License-Identifier: Apache-2.0
// A page around the front-end code of the API document. Between the marks stands that code as it is written there, with
// the placeholders for ids and names filled in.
import readline from 'node:readline';

const [currentUserId, receiverId] = process.argv.slice(2);
let sessionId = '';

// ---- as in the document ----
import io from 'socket.io-client';

const socket = io('http://localhost:3000');

// 连接成功
socket.on('connect', () => {
  console.log('WebSocket连接成功');
  
  // 用户加入
  socket.emit('user:join', {
    id: currentUserId,
    username: currentUserId,
    realName: '真实姓名',
    avatar: '头像URL',
    role: '用户角色'
  });
});

// 监听消息
socket.on('message:receive', (data) => {
  console.log('收到新消息:', data.message);
  // 更新UI显示新消息
});

// 监听用户状态
socket.on('user:status', (data) => {
  console.log('用户状态更新:', data);
  // 更新用户状态显示
});

function sendMessage(sessionId, receiverId, content) {
  socket.emit('message:send', {
    sessionId: sessionId,
    senderId: currentUserId,
    receiverId: receiverId,
    content: content,
    messageType: 'text'
  });
}

function getChatHistory(sessionId, page = 1) {
  socket.emit('chat:history', {
    sessionId: sessionId,
    page: page,
    limit: 50
  });
}

socket.on('chat:history', (data) => {
  console.log('聊天历史:', data.data);
  // 显示聊天历史
});

socket.on('error', (error) => {
  console.error('WebSocket错误:', error);
});
// ---- end of the document's code ----

// The "user interface": lines on standard input.
for (const event of ['message:receive', 'message:sent'])
  socket.on(event, (data) => (sessionId = data.message.sessionId));
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.startsWith('send ')) sendMessage(sessionId, receiverId, line.slice(5));
  if (line === 'history') getChatHistory(sessionId);
});
