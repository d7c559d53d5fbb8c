// A reference by the name of what it refers to, which is asked for once.
import { api, get, withQuery } from '../api/client';
import { type Entity, titleOf } from '../api/entity';
import { useAnswer } from '../api/useAnswer';
import { Link, entityAddress, segment } from '../app/route';
import { Reference } from './parts';

const asked = new Map<string, Promise<string>>();

function nameOf(id: string): Promise<string> {
  const found = asked.get(id) ?? get<Entity>(withQuery(`${api}/entities/${segment(id)}`, { pick: 'id,type,name,title,simulated', format: 'simplified' })).then((a) => titleOf(a.data));
  asked.set(id, found);
  found.catch(() => asked.delete(id));
  return found;
}

export function Called({ id }: { id: string }) {
  const { data } = useAnswer(`name of ${id}`, () => nameOf(id));
  return data ? <Link to={entityAddress(id)}>{data}</Link> : <Reference id={id} />;
}
