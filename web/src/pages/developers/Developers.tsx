// For people who build on it: commands to paste, every operation, the descriptions.
import { api, get } from '../../api/client';
import { useAnswer } from '../../api/useAnswer';
import { Text } from '../../i18n/Text';
import { CopyLine, Failure, Loading } from '../../ui/parts';

interface OpenApi {
  info: { title: string; version: string };
  paths: Record<string, Record<string, { summary?: string; tags?: string[] }>>;
}

const examples = (base: string) => [
  ['developers.top', `curl -s '${base}/entities?type=Municipality&orderBy=population;desc&limit=5&format=simplified'`],
  ['developers.near', `curl -sG '${base}/entities' -d type=Municipality -d 'georel=near;maxDistance==20000' -d geometry=Point -d 'coordinates=[141.3508,43.0687]' -d format=simplified`],
  ['developers.create', `curl -i '${base}/entities' -H 'Content-Type: application/json' -d '{"id":"urn:ngsi-ld:WaterGauge:1","type":"WaterGauge","waterLevel":{"type":"Property","value":1.25,"unitCode":"MTR","observedAt":"2026-04-01T06:00:00Z"},"location":{"type":"Point","coordinates":[141.9,43.3]}}'`],
  ['developers.change', `curl -i -X PATCH '${base}/entities/urn:ngsi-ld:WaterGauge:1/attrs/waterLevel' -H 'Content-Type: application/json' -d '{"value":1.31,"observedAt":"2026-04-01T07:00:00Z"}'`],
  ['developers.stream', `curl -N '${base}/events?local=true&format=simplified'`],
] as const;

export default function Developers() {
  const spec = useAnswer('openapi', (signal) => get<OpenApi>('/openapi.json', signal).then((a) => a.data));
  return (
    <>
      <h1><Text k="developers.title" /></h1>
      <p className="lead"><Text k="developers.lead" /></p>
      <p className="links"><a href="/openapi.json" className="button"><Text k="footer.openapi" /></a> <a href="/metrics" className="button"><Text k="developers.metrics" /></a></p>
      <section aria-labelledby="examples-title">
        <h2 id="examples-title"><Text k="developers.examples.title" /></h2>
        {examples(location.origin + api).map(([key, command]) => <div key={key} className="example"><h3><Text k={key} /></h3><CopyLine text={command} /></div>)}
      </section>
      <section aria-labelledby="operations-title">
        <h2 id="operations-title"><Text k="developers.operations.title" /></h2>
        {!spec.data ? spec.error ? <Failure error={spec.error} again={spec.again} /> : <Loading /> : (
          <details>
            <summary><Text k="developers.operations" values={{ n: Object.values(spec.data.paths).reduce((n, methods) => n + Object.keys(methods).length, 0) }} /></summary>
            <ul className="operations" lang="en">
              {Object.entries(spec.data.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => <li key={method + path}><span className="tag">{method.toUpperCase()}</span> <code>{path}</code> {o.summary}</li>))}
            </ul>
          </details>
        )}
      </section>
    </>
  );
}
