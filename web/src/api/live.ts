// Changes as they happen (Server-Sent Events). A browser allows six connections to a server, so a page that nobody looks at gives its own back.
import { useEffect, useRef, useState } from 'react';
import { api } from './client';
import { followEvents } from './events';
import type { Entity } from './entity';

export interface Change {
  event: 'entityCreated' | 'entityUpdated' | 'entityDeleted';
  id: string;
  type: string | string[];
  at: string;
  entity: Entity;
  changed?: string[];
  selected?: boolean;
}
const events = ['entityCreated', 'entityUpdated', 'entityDeleted'] as const;

/** Follows `query` (parameters of /events; null: nothing). `onReset`: changes were missed, read the state again. Says whether it is connected. */
export function useLive(query: string | null, onChange: (change: Change) => void, onReset?: () => void): boolean {
  const [connected, setConnected] = useState(false);
  const handlers = useRef({ onChange, onReset });
  handlers.current = { onChange, onReset };
  useEffect(() => {
    if (query === null) return;
    let stream: AbortController | undefined, place = '';
    const open = () => {
      stream = new AbortController();
      const { signal } = stream;
      void followEvents(() => `${api}/events?${query}${place && `&since=${place}`}`, {
        open: () => !signal.aborted && setConnected(true),
        close: () => !signal.aborted && setConnected(false),
        event: ({ event, data, id }) => {
          if (signal.aborted) return;
          place = id;
          if (event === 'reset') handlers.current.onReset?.();
          else if ((events as readonly string[]).includes(event)) handlers.current.onChange({ event: event as Change['event'], ...(JSON.parse(data) as Omit<Change, 'event'>) });
        },
      }, signal);
    };
    const close = () => {
      stream?.abort();
      stream = undefined;
      setConnected(false);
    };
    const look = () => (document.hidden ? close() : stream ?? open());
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
    };
  }, [query]);
  return connected;
}
