// Why something about one's own account was not taken: in plain words, and in the program's.
import { ApiError } from '../api/client';
import { Text } from '../i18n/Text';
import { Failure } from './parts';

export const Refused = ({ error }: { error: Error }) => (error instanceof ApiError && error.status >= 400 && error.status < 500
  ? (
    <div className="notice" role="alert">
      <strong><Text k={error.status === 429 ? 'failed.often' : 'refused'} /></strong> <Text k={error.status === 429 ? 'failed.often.do' : error.status === 401 ? 'refused.wrong' : 'refused.do'} />
      <small className="block" lang="en">{error.message}</small>
    </div>
  ) : <Failure error={error} />);
