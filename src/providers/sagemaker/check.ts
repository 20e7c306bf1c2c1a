import { randomBytes } from 'node:crypto';
import type { ProjectPaths } from '../../core/api';
import { type Check, checkEach, type CheckFacts, failedCheck } from '../../core/checked';
import { UserError } from '../../core/errors';
import { abort, type Clients } from './clients';
import { type Config, DEFAULT_MACHINE, readConfig, roleOf } from './config';
import { capacityFor } from './endpoint-requests';
import { servingImage } from './images';
import { findQuotas, quotaName } from './quotas';
import { projectStore } from './regions';

const CREATE = { title: 'Create What Is Missing', command: 'mll.connect.create', args: ['sagemaker'] };

/** Looks at everything that jobs and endpoints on SageMaker need. The only trace is a test object that is removed again. */
export async function checkSagemaker(
  paths: ProjectPaths,
  clients: () => Promise<Clients>,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  let config: Config;
  try {
    config = await readConfig(paths);
  } catch (error) {
    return [{ name: 'SageMaker: settings', ...failedCheck(error) }];
  }
  const all = await clients();
  const who = await identity(all, config, signal);
  const login: Check = { name: 'SageMaker: login', ...who.facts };
  if (who.arn === undefined) return [login];
  const { arn } = who;
  const done = await checkEach('SageMaker', [
    ['bucket', () => bucket(all, config, signal)],
    ['role', () => role(all, config, signal)],
    ['PassRole', () => passRole(all, config, arn, signal)],
    ['quota', () => quota(all, config, signal)],
    ['image', () => Promise.resolve(image(config))],
  ]);
  return [login, ...done];
}

async function identity(
  clients: Clients,
  config: Config,
  signal?: AbortSignal,
): Promise<{ facts: CheckFacts; arn?: string }> {
  const { sdk, sts } = await clients.account(config.region);
  try {
    const said = await clients.calling('ask who you are', () =>
      sts.send(new sdk.GetCallerIdentityCommand({}), abort(signal)),
    );
    const profile = config.profile === undefined ? '' : `, profile ${config.profile}`;
    const reason = `${said.Arn ?? ''} in ${config.region}${profile}.`;
    return { facts: { ok: true, reason }, arn: said.Arn ?? '' };
  } catch (error) {
    return { facts: failedCheck(error) };
  }
}

async function bucket(clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> {
  const key = `${config.prefix}.mll-check-${randomBytes(4).toString('hex')}`;
  try {
    const store = await projectStore(clients, config, signal);
    await store.write(key, 'A test of ML Lifecycle; it may be deleted.\n', {}, signal);
    await store.remove([key], signal);
    return { ok: true, reason: `${store.uri(key)} was written and removed again.` };
  } catch (error) {
    const facts = failedCheck(error);
    return error instanceof UserError && error.kind === 'notFound' ? { ...facts, action: CREATE } : facts;
  }
}

async function role(clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> {
  const arn = roleOf(config);
  const RoleName = arn.split('/').at(-1) ?? '';
  const { sdk, iam } = await clients.account(config.region);
  try {
    const { Role } = await clients.calling('look at the role', () =>
      iam.send(new sdk.GetRoleCommand({ RoleName }), abort(signal)),
    );
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    if (trust.includes('sagemaker.amazonaws.com'))
      return { ok: true, reason: `${arn} exists and trusts SageMaker.` };
    return {
      ok: false,
      reason: `${arn} does not trust sagemaker.amazonaws.com.`,
      fix: 'Add sagemaker.amazonaws.com to the role’s trust policy, or choose another role.',
    };
  } catch (error) {
    if (error instanceof UserError && error.kind === 'permission') {
      return { ok: true, reason: `${arn}: whether it exists could not be seen (no permission iam:GetRole).` };
    }
    if (error instanceof UserError && error.kind === 'notFound')
      return { ...failedCheck(error), action: CREATE };
    throw error;
  }
}

/** An assumed role is looked up by the role itself. */
export function principal(arn: string): string {
  const match = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  return match ? `arn:${match[1] ?? ''}:iam::${match[2] ?? ''}:role/${match[3] ?? ''}` : arn;
}

async function passRole(
  clients: Clients,
  config: Config,
  arn: string,
  signal?: AbortSignal,
): Promise<CheckFacts> {
  const wanted = roleOf(config);
  if (arn.endsWith(':root')) return { ok: true, reason: 'The account’s root may hand over any role.' };
  const { sdk, iam } = await clients.account(config.region);
  try {
    const said = await clients.calling('ask what you may do', () =>
      iam.send(
        new sdk.SimulatePrincipalPolicyCommand({
          PolicySourceArn: principal(arn),
          ActionNames: ['iam:PassRole'],
          ResourceArns: [wanted],
          ContextEntries: [
            {
              ContextKeyName: 'iam:PassedToService',
              ContextKeyType: 'string',
              ContextKeyValues: ['sagemaker.amazonaws.com'],
            },
          ],
        }),
        abort(signal),
      ),
    );
    const decision = said.EvaluationResults?.[0]?.EvalDecision;
    if (decision === 'allowed') return { ok: true, reason: `You may hand ${wanted} to SageMaker.` };
    return {
      ok: false,
      reason: `You may not hand ${wanted} to SageMaker (${decision ?? 'no answer'}).`,
      fix: `Ask for iam:PassRole on ${wanted} with iam:PassedToService = sagemaker.amazonaws.com.`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ok: true, reason: `Whether you may hand over the role could not be seen: ${error.message}` };
  }
}

async function quota(clients: Clients, config: Config, signal?: AbortSignal): Promise<CheckFacts> {
  const machine = config.settings.machine ?? DEFAULT_MACHINE;
  const serving = capacityFor(config, undefined);
  const names = [
    quotaName(machine, 'train', config.settings.spot),
    quotaName(machine, 'prepare'),
    ...('machine' in serving ? [quotaName(serving.machine, 'endpoint')] : []),
  ];
  const found = await findQuotas(
    clients,
    config.region,
    (name) => names.includes(name),
    names.length,
    signal,
  );
  const wanted = names.map((name) => [name, found.get(name)] as const);
  const list = wanted.map(([name, value]) => `${name}: ${value ?? 'not listed'}`).join('; ');
  const none = wanted.filter(([, value]) => value === 0).map(([name]) => name);
  if (none.length === 0) return { ok: true, reason: `${list}.` };
  return {
    ok: false,
    reason: `The quota is 0 for ${none.join(' and ')}. (${list})`,
    fix: 'Ask for more in the console under Service Quotas, Amazon SageMaker, or choose another machine.',
  };
}

function image(config: Config): CheckFacts {
  const { uri, python } = servingImage(config);
  const closed = config.settings.subnets !== undefined && config.settings.wheels !== 'vendored';
  if (closed) {
    return {
      ok: false,
      reason:
        'Jobs and endpoints run in your own subnets and install packages from the package index at their start.',
      fix: 'Give the subnets a way out to the internet, or write "wheels: vendored" so that the packages travel along.',
    };
  }
  return { ok: true, reason: `${uri}${python === undefined ? '' : ` (Python ${python})`}.` };
}
