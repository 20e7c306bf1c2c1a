import path from 'node:path';
import { PYTHON } from '../core/endpoints.rig';
import { endpointsContract } from './endpoints.contract';
import { processContract } from './endpoints.process';
import { localRig, type LocalRig } from './local-endpoints.rig';
import { realPackages } from './real-packages';

const RUNTIME = path.resolve(import.meta.dirname, '../../python');
const rig = (): Promise<LocalRig> => localRig(RUNTIME, PYTHON, realPackages);

endpointsContract('this machine, with the runtime that ships', rig);
processContract('this machine, with the runtime that ships', rig);
