export { default } from '../status/Status';
