import type { ConnectionState, SessionState } from '@perdure/react';
import type { Tone } from './badge.tsx';

export const connectionTones: Record<ConnectionState['status'], Tone> = {
  connecting: 'busy',
  open: 'good',
  reconnecting: 'warn',
  failed: 'bad',
};

export const activityTones: Record<SessionState['activity'], Tone> = {
  idle: 'quiet',
  queued: 'busy',
  running: 'busy',
  waiting: 'warn',
  error: 'bad',
};

export const environmentTones: Record<SessionState['environment']['status'], Tone> = {
  inactive: 'quiet',
  starting: 'busy',
  ready: 'good',
  error: 'bad',
  terminated: 'quiet',
};
