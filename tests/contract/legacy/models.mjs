// SPDX-License-Identifier: Apache-2.0
// The standard models, as a Mongoose server has them.
import mongoose from 'mongoose';

const { Schema } = mongoose;
const { ObjectId } = Schema.Types;

const userSchema = new Schema({
  username: { type: String, required: true, unique: true },
  password: { type: String, required: true, select: false },
  realName: { type: String, default: '' },
  email: { type: String, default: '' },
  phone: { type: String, default: '' },
  avatar: { type: String, default: '' },
  role: { type: String, default: 'user' },
  status: { type: String, enum: ['online', 'offline', 'away'], default: 'offline' },
  lastSeen: { type: Date, default: null },
  isActive: { type: Boolean, default: true },
}, { timestamps: true });

const chatSessionSchema = new Schema({
  participants: [{ type: ObjectId, ref: 'User' }],
  sessionType: { type: String, enum: ['private', 'group'], default: 'private' },
  sessionName: { type: String, default: '' },
  lastMessage: { type: ObjectId, ref: 'Message', default: null },
  lastMessageTime: { type: Date, default: null },
  unreadCount: { type: Map, of: Number, default: {} },
}, { timestamps: true });
chatSessionSchema.index({ participants: 1, lastMessageTime: -1 });

const messageSchema = new Schema({
  sessionId: { type: ObjectId, ref: 'ChatSession', required: true },
  sender: { type: ObjectId, ref: 'User', required: true },
  receiver: { type: ObjectId, ref: 'User', default: null },
  content: { type: String, default: '' },
  messageType: { type: String, enum: ['text', 'image', 'file', 'voice'], default: 'text' },
  fileUrl: { type: String, default: '' },
  fileName: { type: String, default: '' },
  fileSize: { type: Number, default: 0 },
  status: { type: String, enum: ['sent', 'delivered', 'read'], default: 'sent' },
  readBy: [{ _id: false, user: { type: ObjectId, ref: 'User' }, readAt: { type: Date, default: Date.now } }],
}, { timestamps: true });
messageSchema.index({ sessionId: 1, createdAt: -1 });

const onlineUserSchema = new Schema({
  userId: { type: ObjectId, ref: 'User', required: true },
  socketId: { type: String, required: true },
  status: { type: String, enum: ['online', 'away', 'offline'], default: 'online' },
  lastSeen: { type: Date, default: Date.now },
  userAgent: { type: String, default: '' },
  ipAddress: { type: String, default: '' },
}, { timestamps: true });

export const User = mongoose.model('User', userSchema);
export const ChatSession = mongoose.model('ChatSession', chatSessionSchema);
export const Message = mongoose.model('Message', messageSchema);
export const OnlineUser = mongoose.model('OnlineUser', onlineUserSchema);
