// SPDX-License-Identifier: Apache-2.0
// Everything in a database that speaks MongoDB's protocol: the standard models, with the indexes that the queries need.
import mongoose from 'mongoose';

const { Schema } = mongoose;
const { ObjectId } = Schema.Types;

const User = mongoose.model('User', new Schema({
  _id: String,
  username: String,
  realName: { type: String, default: '' },
  email: { type: String, default: '' },
  phone: { type: String, default: '' },
  avatar: { type: String, default: '' },
  role: { type: String, default: 'user' },
  status: String,
  lastSeen: Date,
}, { versionKey: false }));

const ChatSession = mongoose.model('ChatSession', new Schema({
  participants: { type: [String], index: true },
  sessionType: String,
  sessionName: { type: String, default: '' },
  lastMessage: { type: ObjectId, default: null },
  lastMessageTime: { type: Date, default: null },
  lastSeq: { type: Number, default: 0 },
  unreadCount: { type: Map, of: Number, default: {} },
  pairKey: { type: String, unique: true, sparse: true },
}, { timestamps: true, versionKey: false }));

const Message = mongoose.model('Message', new Schema({
  sessionId: ObjectId,
  seq: Number,
  sender: String,
  receiver: { type: String, default: null },
  content: { type: String, default: '' },
  messageType: { type: String, default: 'text' },
  fileUrl: { type: String, default: '' },
  fileName: { type: String, default: '' },
  fileSize: { type: Number, default: 0 },
  status: { type: String, default: 'sent' },
  readBy: [{ _id: false, user: String, readAt: Date }],
}, { timestamps: true, versionKey: false }).index({ sessionId: 1, seq: -1 }));

const asSession = (found) => found && {
  _id: String(found._id), sessionType: found.sessionType, participants: new Set(found.participants), size: found.participants.length,
  lastSeq: found.lastSeq,
};
const asMessage = (found) => found && { ...found, _id: String(found._id), sessionId: String(found.sessionId) };
/// A key of the map may hold no dot.
const countOf = (userId) => `unreadCount.${userId.replaceAll('.', '。')}`;

export async function openStore(uri) {
  await mongoose.connect(uri);
  await Promise.all([User, ChatSession, Message].map((model) => model.init()));
  // This is the only process: what it knows of a session it need not read again.
  const sessions = new Map();
  const privateSessions = new Map();
  const remember = (session) => {
    if (session) sessions.set(session._id, session);
    return session;
  };

  const findOrAdd = async (pairKey, one, other) => {
    const { value, lastErrorObject } = await ChatSession.findOneAndUpdate(
      { pairKey }, { $setOnInsert: { participants: [one, other], sessionType: 'private' } },
      { upsert: true, new: true, lean: true, setDefaultsOnInsert: true, includeResultMetadata: true });
    return { session: remember(asSession(value)), made: !lastErrorObject.updatedExisting };
  };

  return {
    saveUser: ({ id, username, realName = '', avatar = '', role = 'user' }, status) => User.findByIdAndUpdate(
      id, { username, realName, avatar, role, status, lastSeen: new Date() }, { upsert: true, new: true, lean: true, setDefaultsOnInsert: true }),
    setStatus: (id, status) => User.findByIdAndUpdate(id, { status, lastSeen: new Date() }, { new: true, lean: true }),
    async sessionsOf(userId) {
      return (await ChatSession.find({ participants: userId }).lean()).map(asSession);
    },
    async session(id) {
      return sessions.get(id) ?? remember(asSession(await ChatSession.findById(id).lean()));
    },
    /// Those who ask at once share one answer: the server refuses all but one of several upserts of the same key.
    privateSession(one, other) {
      const pairKey = one < other ? `${one} ${other}` : `${other} ${one}`;
      const known = privateSessions.get(pairKey);
      if (known) return known.then(({ session }) => ({ session, made: false }));
      const sought = findOrAdd(pairKey, one, other);
      privateSessions.set(pairKey, sought);
      sought.catch(() => privateSessions.delete(pairKey));
      return sought;
    },
    async addGroup(sessionName, participants) {
      return remember(asSession(await ChatSession.create({ sessionType: 'group', sessionName, participants })));
    },

    async addMessage(session, { senderId, receiverId, content, messageType, fileUrl, fileName, fileSize }) {
      const _id = new mongoose.Types.ObjectId();
      const seq = session.lastSeq += 1;
      const $inc = {};
      for (const id of session.participants) if (id !== senderId) $inc[countOf(id)] = 1;
      const [message] = await Promise.all([
        Message.create({
          _id, sessionId: session._id, seq, sender: senderId,
          receiver: session.sessionType === 'private' ? receiverId : null, content, messageType, fileUrl, fileName, fileSize,
        }),
        ChatSession.updateOne({ _id: session._id }, { $inc, $max: { lastSeq: seq }, lastMessage: _id, lastMessageTime: new Date() }),
      ]);
      return asMessage(message.toObject());
    },
    async history(sessionId, page, limit) {
      const [data, total] = await Promise.all([
        Message.find({ sessionId }).sort({ seq: -1 }).skip((page - 1) * limit).limit(limit).lean(),
        Message.countDocuments({ sessionId }),
      ]);
      return { data: data.reverse(), total };
    },
    async markRead(messageId, userId) {
      const readAt = new Date();
      const unread = { _id: messageId, 'readBy.user': { $ne: userId } };
      const found = await Message.findOneAndUpdate(unread, { $push: { readBy: { user: userId, readAt } }, status: 'read' }, { lean: true });
      if (!found) return { message: asMessage(await Message.findById(messageId).lean()), readAt };
      await ChatSession.updateOne({ _id: found.sessionId }, { $inc: { [countOf(userId)]: -1 } });
      return { message: asMessage(found), readAt };
    },
    async unread(userId) {
      const field = countOf(userId);
      const found = await ChatSession.find({ participants: userId }, field).lean();
      const counts = Object.fromEntries(found.map(({ _id, unreadCount }) => [_id, unreadCount?.[field.slice(12)] ?? 0]));
      return { unreadCount: Object.values(counts).reduce((sum, count) => sum + count, 0), sessions: counts };
    },
  };
}
