// A value that is fetched: while it is, what went wrong, and again.
import { useCallback, useEffect, useRef, useState } from 'react';
import { line } from './client';

export interface Fetched<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  again: () => void;
}

/** Fetches when `key` changes; null: not at all. What was shown stays until the next answer is there. */
export function useAnswer<T>(key: string | null, fetcher: (signal: AbortSignal) => Promise<T>): Fetched<T> {
  const [state, setState] = useState<{ key: string | null; data?: T; error?: Error }>({ key: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(fetcher);
  latest.current = fetcher;
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    latest.current(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ key, data }),
      (error: Error) => !abort.signal.aborted && setState((before) => ({ key, error, data: before.key === key ? before.data : undefined })),
    );
    return () => abort.abort();
  }, [key, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  // The line came back: what failed is asked for again.
  const failed = state.error !== undefined;
  useEffect(() => {
    if (!failed) return;
    const stop = line.follow(() => line.get().up && again());
    addEventListener('online', again);
    return () => {
      stop();
      removeEventListener('online', again);
    };
  }, [failed, again]);
  return { data: state.data, error: state.key === key ? state.error : undefined, loading: key !== null && state.key !== key, again };
}
