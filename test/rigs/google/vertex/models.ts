import type { grpc } from 'google-gax';
import { type Calls, checkLabels, implement, listed, newId, now, type Operations, Refusal } from './calls';
import type { Message } from './protos';

/** Images for serving that the service has (as of its page of prebuilt containers). */
const IMAGE =
  /^(us|europe|asia)-docker\.pkg\.dev\/vertex-ai\/(prediction|training)\/(sklearn-cpu\.1-[0-6]|xgboost-cpu\.2-1|pytorch-[cg]pu\.2-4(\.py310)?|tf2-[cg]pu\.2-15|tf-[cg]pu\.2-17\.py310|ray-cpu\.2-47\.py311):latest$/;
const ID = /^[a-z_][a-z0-9_-]{0,62}$/;
const ALIAS = /^[a-z][a-zA-Z0-9-]{0,126}[a-z-0-9]$/;

export interface Model extends Record<string, unknown> {
  readonly name: string;
  readonly versionId: string;
  readonly displayName: string;
  versionAliases: string[];
  readonly artifactUri: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containerSpec: {
    readonly imageUri: string;
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly ports: readonly { readonly containerPort: number }[];
    readonly predictRoute: string;
    readonly healthRoute: string;
  } | null;
}

/** ModelService: models with their versions and the aliases of these. */
export class Models {
  /** Versions by the model's name, oldest first. */
  private readonly all = new Map<string, Model[]>();
  /** Whether a version is deployed: set by the endpoints. */
  deployedAt: (model: string, version: string) => readonly Message[] = () => [];

  constructor(private readonly operations: Operations) {}

  service(calls: Calls): grpc.UntypedServiceImplementation {
    return implement(calls, {
      UploadModel: ['UploadModelRequest', (request) => this.upload(request)],
      GetModel: ['GetModelRequest', (request) => this.shown(this.find(request.name))],
      ListModels: [
        'ListModelsRequest',
        (request) => {
          const mine = [...this.all]
            .filter(([name]) => name.startsWith(`${String(request.parent)}/`))
            .flatMap(([name]) => this.find(name));
          const { page, nextPageToken } = listed(mine.reverse(), request);
          return { models: page.map((one) => this.shown(one as Model)), nextPageToken };
        },
      ],
      ListModelVersions: [
        'ListModelVersionsRequest',
        (request) => {
          const { page, nextPageToken } = listed([...this.versions(request.name)].reverse(), request);
          return { models: page.map((one) => this.shown(one as Model)), nextPageToken };
        },
      ],
      MergeVersionAliases: [
        'MergeVersionAliasesRequest',
        (request) => {
          const model = this.find(request.name);
          for (const alias of request.versionAliases as string[]) {
            if (alias.startsWith('-')) take(model, alias.slice(1));
            else this.give(model, alias);
          }
          return this.shown(model);
        },
      ],
      DeleteModel: [
        'DeleteModelRequest',
        (request) => {
          const versions = this.versions(request.name);
          for (const one of versions) this.refuseDeployed(one);
          const [{ name }] = versions as [Model];
          return this.operations.start(name, 'DeleteOperationMetadata', 'google.protobuf.Empty', () => {
            this.all.delete(name);
            return Promise.resolve({});
          });
        },
      ],
      DeleteModelVersion: [
        'DeleteModelVersionRequest',
        (request) => {
          const version = this.find(request.name);
          this.refuseDeployed(version);
          const versions = this.versions(version.name);
          if (versions.length === 1 || version.versionAliases.includes('default')) {
            throw new Refusal(
              'FAILED_PRECONDITION',
              'The default version of a Model cannot be deleted; delete the Model instead.',
            );
          }
          return this.operations.start(
            version.name,
            'DeleteOperationMetadata',
            'google.protobuf.Empty',
            () => {
              versions.splice(versions.indexOf(version), 1);
              return Promise.resolve({});
            },
          );
        },
      ],
    });
  }

  /** The version that a name means: `…/models/ID`, `…@2` or `…@alias`. */
  find(given: unknown): Model {
    const [name = '', wanted = 'default'] = String(given).split('@');
    const found = this.all
      .get(name)
      ?.find((one) => one.versionId === wanted || one.versionAliases.includes(wanted));
    if (!found) throw new Refusal('NOT_FOUND', `The Model "${String(given)}" does not exist.`);
    return found;
  }

  /** Names of the models that are there. */
  get names(): string[] {
    return [...this.all.keys()];
  }

  private shown(one: Model): Message {
    return { ...one, deployedModels: this.deployedAt(one.name, one.versionId) };
  }

  private versions(given: unknown): Model[] {
    const [name = ''] = String(given).split('@');
    const found = this.all.get(name);
    if (!found) throw new Refusal('NOT_FOUND', `The Model "${name}" does not exist.`);
    return found;
  }

  private refuseDeployed(one: Model): void {
    if (this.deployedAt(one.name, one.versionId).length === 0) return;
    throw new Refusal(
      'FAILED_PRECONDITION',
      `The Model "${one.name}" is deployed to Endpoints: undeploy it before it is deleted.`,
    );
  }

  private give(model: Model, alias: string): void {
    if (!ALIAS.test(alias)) throw new Refusal('INVALID_ARGUMENT', `Invalid version alias: ${alias}`);
    for (const one of this.versions(model.name)) take(one, alias);
    model.versionAliases.push(alias);
  }

  private upload(request: Message): Message {
    const { model, parentModel, modelId } = request as {
      model: Model;
      parentModel: string;
      modelId: string;
    };
    check(model);
    if (modelId !== '' && !ID.test(modelId))
      throw new Refusal('INVALID_ARGUMENT', `Invalid model_id "${modelId}".`);
    const parent = parentModel !== '' ? this.versions(parentModel) : undefined;
    const name =
      parent?.[0]?.name ?? `${String(request.parent)}/models/${modelId === '' ? newId() : modelId}`;
    if (!parent && this.all.has(name))
      throw new Refusal('ALREADY_EXISTS', `The Model "${name}" exists already.`);
    const work = (): Promise<Message> => {
      const versions = parent ?? [];
      const versionId = String(Math.max(0, ...versions.map((one) => Number(one.versionId))) + 1);
      const made: Model = {
        ...model,
        name,
        versionId,
        versionAliases: [],
        supportedDeploymentResourcesTypes: ['DEDICATED_RESOURCES'],
        createTime: now(),
        updateTime: now(),
        versionCreateTime: now(),
      };
      versions.push(made);
      this.all.set(name, versions);
      for (const alias of model.versionAliases) this.give(made, alias);
      if (versions.length === 1 && !made.versionAliases.includes('default')) this.give(made, 'default');
      return Promise.resolve({ model: name, modelVersionId: versionId });
    };
    return this.operations.start(name, 'UploadModelOperationMetadata', 'UploadModelResponse', work);
  }
}

function take(one: Model, alias: string): void {
  one.versionAliases = one.versionAliases.filter((own) => own !== alias);
}

function check(model: Model): void {
  checkLabels(model.labels);
  if (model.displayName.length > 128)
    throw new Refusal('INVALID_ARGUMENT', 'display_name has more than 128 characters.');
  const container = model.containerSpec;
  if (!container) throw new Refusal('INVALID_ARGUMENT', 'container_spec is needed.');
  if (!IMAGE.test(container.imageUri))
    throw new Refusal(
      'INVALID_ARGUMENT',
      `The image ${container.imageUri} does not exist or cannot be pulled.`,
    );
  if (container.command.length === 0)
    throw new Refusal('UNIMPLEMENTED', 'The stand-in serves by a command of the container alone.');
  if (model.artifactUri !== '' && !/^gs:\/\/[^/]+\/.+/.test(model.artifactUri))
    throw new Refusal(
      'INVALID_ARGUMENT',
      `artifact_uri: "${model.artifactUri}" is no folder in Cloud Storage.`,
    );
  // Kubernetes replaces $(NAME) in commands.
  if ([...container.command, ...container.args].some((one) => /\$\([A-Za-z_]\w*\)/.test(one)))
    throw new Refusal('UNIMPLEMENTED', 'The stand-in does not replace $(NAME) in a command.');
}
