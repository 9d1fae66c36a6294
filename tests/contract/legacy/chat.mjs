// SPDX-License-Identifier: Apache-2.0
// What the server knows about conversations; REST and Socket.IO both come here.
import mongoose from 'mongoose';
import { ChatSession, Message, OnlineUser, User } from './models.mjs';

const userFields = 'username realName email phone avatar role status lastSeen';

export class NotFound extends Error {}

const paginate = (page, limit, total) => ({ page, limit, total, pages: Math.ceil(total / limit) });

/// Oldest first inside a page; page 1 is the newest.
export async function history(sessionId, page = 1, limit = 50) {
  const filter = { sessionId };
  const messages = await Message.find(filter).sort({ createdAt: -1, _id: -1 }).skip((page - 1) * limit).limit(limit);
  return { data: messages.reverse(), pagination: paginate(page, limit, await Message.countDocuments(filter)) };
}

export async function sessionOf(userId1, userId2) {
  const found = await ChatSession.findOne({
    sessionType: 'private', participants: { $all: [userId1, userId2], $size: 2 },
  }).sort({ lastMessageTime: -1 });
  return found ?? ChatSession.create({ participants: [userId1, userId2], sessionType: 'private' });
}

export async function send(draft) {
  const session = draft.sessionId
    ? await ChatSession.findById(draft.sessionId)
    : await sessionOf(draft.senderId, draft.receiverId);
  if (!session) throw new NotFound('会话不存在');
  const message = await Message.create({
    sessionId: session._id,
    sender: draft.senderId,
    receiver: session.sessionType === 'private' ? draft.receiverId : null,
    content: draft.content,
    messageType: draft.messageType,
    fileUrl: draft.fileUrl,
    fileName: draft.fileName,
    fileSize: draft.fileSize,
  });
  session.lastMessage = message._id;
  session.lastMessageTime = message.createdAt;
  for (const participant of session.participants) {
    const id = String(participant);
    if (id !== String(draft.senderId)) session.unreadCount.set(id, (session.unreadCount.get(id) ?? 0) + 1);
  }
  await session.save();
  return { message, session };
}

export async function markRead(messageId, userId, readAt = new Date()) {
  const message = await Message.findById(messageId);
  if (!message) throw new NotFound('消息不存在');
  if (!message.readBy.some((mark) => String(mark.user) === String(userId))) {
    message.readBy.push({ user: userId, readAt });
    if (String(message.receiver) === String(userId)) message.status = 'read';
    await message.save();
    const session = await ChatSession.findById(message.sessionId);
    const count = session?.unreadCount.get(String(userId)) ?? 0;
    if (session && count > 0) {
      session.unreadCount.set(String(userId), count - 1);
      await session.save();
    }
  }
  return message;
}

/// Messages of others in `sessionIds` that the user has not read: what counts, whatever `unreadCount` says.
const unreadIn = (sessionIds, userId) => ({
  sessionId: { $in: sessionIds },
  sender: { $ne: userId },
  // Not $ne: of a field inside an array, FerretDB takes it for "some are not".
  $nor: [{ 'readBy.user': userId }, { receiver: userId, status: 'read' }],
});

const sessionIdsOf = (userId) => ChatSession.find({ participants: userId }).distinct('_id');

export async function unread(userId) {
  const id = new mongoose.Types.ObjectId(userId);
  const unreadMessages = await Message.find(unreadIn(await sessionIdsOf(id), id), 'sessionId').lean();
  const sessions = {};
  for (const { sessionId } of unreadMessages) sessions[sessionId] = (sessions[sessionId] ?? 0) + 1;
  return { unreadCount: unreadMessages.length, sessions };
}

export async function sessions(userId, page = 1, limit = 20) {
  const filter = { participants: userId };
  const found = await ChatSession.find(filter)
    .sort({ lastMessageTime: -1, lastMessage: -1, createdAt: -1, _id: -1 }).skip((page - 1) * limit).limit(limit)
    .populate('participants', userFields).populate('lastMessage');
  const counts = (await unread(userId)).sessions;
  const data = found.map((session) => ({ ...session.toObject(), unreadCount: counts[session._id] ?? 0 }));
  return { data, pagination: paginate(page, limit, await ChatSession.countDocuments(filter)) };
}

export async function remove(messageId, userId) {
  const message = await Message.findById(messageId);
  if (!message) throw new NotFound('消息不存在');
  if (String(message.sender) !== String(userId)) throw new Error('只能删除自己的消息');
  await message.deleteOne();
  const newest = await Message.findOne({ sessionId: message.sessionId }).sort({ createdAt: -1, _id: -1 });
  await ChatSession.updateOne({ _id: message.sessionId },
    { lastMessage: newest?._id ?? null, lastMessageTime: newest?.createdAt ?? null });
}

export async function search(userId, keyword, sessionId, page = 1, limit = 20) {
  const mine = await sessionIdsOf(userId);
  const filter = {
    sessionId: { $in: sessionId ? mine.filter((id) => String(id) === sessionId) : mine },
    content: { $regex: keyword.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), $options: 'i' },
  };
  const data = await Message.find(filter).sort({ createdAt: -1, _id: -1 }).skip((page - 1) * limit).limit(limit);
  return { data, pagination: paginate(page, limit, await Message.countDocuments(filter)) };
}

export async function stats(userId) {
  const mine = await sessionIdsOf(userId);
  const totalMessages = await Message.countDocuments({ sessionId: { $in: mine } });
  const sentMessages = await Message.countDocuments({ sessionId: { $in: mine }, sender: userId });
  return {
    totalSessions: mine.length,
    totalMessages,
    sentMessages,
    receivedMessages: totalMessages - sentMessages,
    unreadMessages: (await unread(userId)).unreadCount,
    onlineUsers: (await OnlineUser.distinct('userId', { status: { $ne: 'offline' } })).length,
  };
}

export const users = () => User.find({}, userFields).sort({ username: 1, _id: 1 });
export const onlineUsers = async () =>
  User.find({ _id: { $in: await OnlineUser.distinct('userId', { status: { $ne: 'offline' } }) } }, userFields);
