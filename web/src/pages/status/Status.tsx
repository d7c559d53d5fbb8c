// For operators: is the program well, what does it do, who is told of what, what was given up.
import { useEffect, useState } from 'react';
import { ApiError, api, get, request, send, withQuery } from '../../api/client';
import { quantile, readMetrics, sum } from '../../api/metrics';
import { useAnswer } from '../../api/useAnswer';
import { dateTime, number } from '../../i18n/text';
import { Text } from '../../i18n/Text';
import { RightGate, useMay } from '../../ui/Gate';
import { Empty, Failure, Figure, Loading } from '../../ui/parts';

interface Subscription {
  id: string;
  subscriptionName?: string;
  description?: string;
  status?: string;
  isActive?: boolean;
  notification?: { endpoint?: { uri?: string }; status?: string; timesSent?: number; timesFailed?: number; lastSuccess?: string; lastFailure?: string };
}
interface Notice {
  row: number;
  part: number;
  subscription: string;
  endpoint: string;
  attempts: number;
  reason?: string;
  gaveUpAt?: string;
}

async function ready(signal: AbortSignal): Promise<{ ok: boolean; status: string }> {
  try {
    return { ok: true, status: (await get<{ status: string }>('/ready', signal)).data.status };
  } catch (error) {
    if (error instanceof ApiError && error.status === 503) return { ok: false, status: error.message };
    throw error;
  }
}
const megabytes = (bytes: number) => `${number(bytes / 2 ** 20, 1)} MiB`;
const milliseconds = (seconds: number) => (Number.isFinite(seconds) ? `≤ ${number(seconds * 1000, 2)} ms` : '—');

export default function Status() {
  const health = useAnswer('ready', ready), operates = useMay('operate');
  useEffect(() => {
    const timer = setInterval(() => document.hidden || health.again(), 5000);
    return () => clearInterval(timer);
  }, [health.again]);
  return (
    <>
      <h1><Text k="status.title" /></h1>
      <p className="lead"><Text k="status.lead" /></p>
      <section aria-labelledby="state-title">
        <h2 id="state-title"><Text k="status.state.title" /></h2>
        {health.error ? <Failure error={health.error} again={health.again} /> : !health.data ? <Loading /> : <p role="status" className="state big"><span className={health.data.ok ? 'dot good' : 'dot bad'} /> <Text k={health.data.ok ? 'status.ready' : 'status.notready'} />{!health.data.ok && <> {health.data.status}</>}</p>}
        <RightGate may={['operate']}><Figures /></RightGate>
      </section>
      <Subscriptions />
      {operates && <DeadLetters />}
    </>
  );
}

function Figures() {
  const metrics = useAnswer('metrics', async (signal) => readMetrics(await (await request('/metrics', { signal, headers: { Accept: '*/*' } })).text())), m = metrics.data, requests = 'tsunagu_http_request_duration_seconds';
  useEffect(() => {
    const timer = setInterval(() => document.hidden || metrics.again(), 5000);
    return () => clearInterval(timer);
  }, [metrics.again]);
  return (
    <>
      {metrics.error ? <Failure error={metrics.error} again={metrics.again} /> : m && (
        <dl className="figures">
          <Figure name={<Text k="status.entities" />} value={number(sum(m, 'tsunagu_entities'))} />
          <Figure name={<Text k="status.requests" />} value={number(sum(m, `${requests}_count`))} note={<Text k="status.since" />} />
          <Figure name={<Text k="status.p50" />} value={milliseconds(quantile(m, requests, 0.5))} />
          <Figure name={<Text k="status.p99" />} value={milliseconds(quantile(m, requests, 0.99))} />
          <Figure name={<Text k="status.writes" />} value={number(sum(m, 'tsunagu_store_commits'))} note={<Text k="status.since" />} />
          <Figure name={<Text k="status.memory" />} value={megabytes(sum(m, 'tsunagu_record_bytes'))} />
          <Figure name={<Text k="status.journal" />} value={megabytes(sum(m, 'tsunagu_journal_bytes'))} />
          <Figure name={<Text k="status.streams" />} value={number(sum(m, 'tsunagu_live_streams'))} />
          <Figure name={<Text k="status.sent" />} value={number(sum(m, 'tsunagu_notices_sent_total'))} note={<Text k="status.since" />} />
          <Figure name={<Text k="status.waiting" />} value={number(sum(m, 'tsunagu_notices_waiting'))} />
        </dl>
      )}
      <p><a href="/metrics"><Text k="developers.metrics" /></a></p>
    </>
  );
}

function Subscriptions() {
  const found = useAnswer('subscriptions', (signal) => get<Subscription[]>(withQuery(`${api}/subscriptions`, { limit: 100, count: 'true' }), signal)), [error, setError] = useState<Error | null>(null);
  const pause = async (s: Subscription) => {
    try {
      setError(null);
      await send('PATCH', `${api}/subscriptions/${encodeURIComponent(s.id)}`, { isActive: s.isActive === false });
    } catch (e) {
      setError(e as Error);
    }
    found.again();
  };
  return (
    <section aria-labelledby="subscriptions-title">
      <h2 id="subscriptions-title"><Text k="subscriptions.title" /></h2>
      {error && <Failure error={error} />}
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.data.length ? <Empty title={<Text k="subscriptions.none" />}><p><Text k="subscriptions.none.do" /></p></Empty> : (
        <div className="table-box" tabIndex={0} role="group" aria-labelledby="subscriptions-title">
          <table>
            <thead><tr><th scope="col"><Text k="name" /></th><th scope="col"><Text k="subscriptions.to" /></th><th scope="col"><Text k="subscriptions.state" /></th><th scope="col" className="number"><Text k="subscriptions.sent" /></th><th scope="col" className="number"><Text k="subscriptions.failed" /></th><th scope="col"><Text k="subscriptions.last" /></th><th scope="col"><Text k="subscriptions.do" /></th></tr></thead>
            <tbody>
              {found.data.data.map((s) => (
                <tr key={s.id}>
                  <th scope="row">{s.subscriptionName ?? s.description ?? s.id.split(':').at(-1)}</th>
                  <td>{s.notification?.endpoint?.uri}</td>
                  <td><Text k={s.status === 'paused' ? 'subscriptions.paused' : s.status === 'expired' ? 'subscriptions.expired' : 'subscriptions.active'} />{s.notification?.status === 'failed' && <> <em><Text k="subscriptions.failing" /></em></>}</td>
                  <td className="number">{number(s.notification?.timesSent ?? 0)}</td>
                  <td className="number">{number(s.notification?.timesFailed ?? 0)}</td>
                  <td>{s.notification?.lastSuccess && dateTime(s.notification.lastSuccess)}</td>
                  <td><button type="button" className="small" onClick={() => void pause(s)}><Text k={s.isActive === false ? 'action.resume' : 'action.pause'} /></button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function DeadLetters() {
  const found = useAnswer('dead', (signal) => get<Notice[]>('/admin/notices?state=dead', signal)), [error, setError] = useState<Error | null>(null);
  const retry = async () => {
    try {
      setError(null);
      await send('POST', '/admin/notices/retry', { all: true });
    } catch (e) {
      setError(e as Error);
    }
    found.again();
  };
  return (
    <section aria-labelledby="dead-title">
      <h2 id="dead-title"><Text k="dead.title" /></h2>
      {error && <Failure error={error} />}
      {!found.data ? found.error ? <Failure error={found.error} again={found.again} /> : <Loading /> : !found.data.data.length ? <Empty title={<Text k="dead.none" />} /> : (
        <>
          <p><Text k="dead.lead" /></p>
          <div className="table-box" tabIndex={0} role="group" aria-labelledby="dead-title">
            <table>
              <thead><tr><th scope="col"><Text k="subscriptions.to" /></th><th scope="col" className="number"><Text k="dead.attempts" /></th><th scope="col"><Text k="dead.reason" /></th><th scope="col"><Text k="time" /></th></tr></thead>
              <tbody>{found.data.data.map((n) => <tr key={`${n.row} ${n.part}`}><td>{n.endpoint}</td><td className="number">{number(n.attempts)}</td><td>{n.reason}</td><td>{n.gaveUpAt && dateTime(n.gaveUpAt)}</td></tr>)}</tbody>
            </table>
          </div>
          <button type="button" onClick={() => void retry()}><Text k="dead.retry" /></button>
        </>
      )}
    </section>
  );
}
