// Networks: where they reach and where they are out (docs/networks.md).
import { get, withQuery } from './client';
import type { Position } from './entity';

export const kinds = ['wifi', 'lorawan', '5g', 'broadband'] as const;
export type NetworkKind = (typeof kinds)[number];
export const pointStates = ['working', 'outOfService', 'unknown'] as const;
export type PointState = (typeof pointStates)[number];

export interface Network {
  kind: NetworkKind;
  type: string;
  total: number;
  working: number;
  outOfService: number;
  unknown: number;
  simulated: number;
  withCoverage: number;
  municipalities: number;
  municipalitiesWorking: number;
}
export interface NetworkPoint {
  id: string;
  kind: NetworkKind;
  name?: string | Record<string, string>;
  status: PointState;
  since?: string;
  reason?: string;
  lastHeardAt?: string;
  location?: { type: string; coordinates: Position };
  municipality?: string;
  operator?: string;
  simulated?: boolean;
}
export interface Coverage {
  features: { id: string; geometry: { type: 'Polygon'; coordinates: Position[][] } | { type: 'MultiPolygon'; coordinates: Position[][][] }; properties: { kind: NetworkKind; status: PointState } }[];
}
export interface Outage {
  id: string;
  kind: NetworkKind;
  name?: string | Record<string, string>;
  from: string;
  to?: string;
  seconds?: number;
  reason?: string;
  lastHeardAt?: string;
  municipality?: string;
  simulated?: boolean;
}

const path = '/things/networks';
export const networks = (signal?: AbortSignal): Promise<Network[]> => get<{ kinds: Network[] }>(path, signal).then((a) => a.data.kinds);
export const points = (query: { kind?: string; status?: string; limit?: number }, signal?: AbortSignal): Promise<{ total: number; points: NetworkPoint[] }> =>
  get<{ total: number; points: NetworkPoint[] }>(withQuery(`${path}/points`, query), signal).then((a) => a.data);
export const coverage = (query: { kind?: string }, signal?: AbortSignal): Promise<Coverage> => get<Coverage>(withQuery(`${path}/coverage`, query), signal).then((a) => a.data);
export const outages = (query: { kind?: string; limit?: number }, signal?: AbortSignal): Promise<{ total: number; outages: Outage[] }> =>
  get<{ total: number; outages: Outage[] }>(withQuery(`${path}/outages`, query), signal).then((a) => a.data);
