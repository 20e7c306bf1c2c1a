import type { Readable } from 'node:stream';
import type { Check } from './checked';

/** Which kind of object storage; `folder` is a folder of this machine. */
export type StoreId = 'folder' | 's3' | 'gcs' | 'azure-blob' | 'volume' | 'cos';

export interface StoreObject {
  /** Path below the store's root, with `/` between its parts and none in front. */
  readonly key: string;
  readonly bytes: number;
  /** ISO 8601 UTC. */
  readonly modified: string;
  /** Changes whenever the content does; what it is made from is the store's own affair. */
  readonly etag?: string;
  /** SHA-256 of the content in hex, where the store keeps one. */
  readonly sha256?: string;
  /** The version's id, in a store that keeps versions. */
  readonly version?: string;
}

export interface StorePage {
  /** Folders directly below the prefix, each ending in `/`. Empty when listed deep. */
  readonly prefixes: readonly string[];
  readonly objects: readonly StoreObject[];
  /** Pass it back for the next page; absent on the last. */
  readonly next?: string;
}

export interface ListOptions {
  /** Everything below the prefix instead of one level. */
  readonly deep?: boolean;
  readonly next?: string;
  /** At most so many entries on a page (the store may give fewer), 1 to 1,000. */
  readonly limit?: number;
}

/** Bytes `start` up to, not including, `end`; an `end` beyond the object's (Infinity too) is its end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  /** The object as it was seen before: `conflict` when it is another by now. */
  readonly etag?: string;
}

/** A key's state at one time, in a store that keeps versions. */
export interface StoreVersion extends StoreObject {
  readonly version: string;
  readonly latest: boolean;
  /** The key was deleted then: there is nothing to read. */
  readonly deleted: boolean;
}

/** Bytes moved so far and in all. */
export type TransferProgress = (done: number, total: number) => void;

/**
 * One bucket, container or folder. Every failure is a UserError: `notFound` for an absent key or bucket, `permission` where
 * it is not allowed to be seen (never taken for absent), `conflict` for `ifAbsent` on a key that is there.
 */
export interface Store {
  readonly id: StoreId;
  /** For people and manifests, as in `s3://bucket/prefix/key`. */
  uri(key: string): string;
  stat(key: string, signal?: AbortSignal): Promise<StoreObject>;
  /** The content, or a part of it. An error after the first byte destroys the stream with a UserError. */
  read(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable>;
  /** Small content in one request. */
  write(
    key: string,
    body: Uint8Array | string,
    options?: { readonly ifAbsent?: boolean },
    signal?: AbortSignal,
  ): Promise<void>;
  list(prefix: string, options?: ListOptions, signal?: AbortSignal): Promise<StorePage>;
  copy(from: string, to: string, signal?: AbortSignal): Promise<void>;
  /** Absent keys are fine: afterwards they are absent. */
  remove(keys: readonly string[], signal?: AbortSignal): Promise<void>;
  /** A file of any size, in parts side by side; its checksum is verified by the store. Nothing is left behind when it fails. */
  upload(file: string, key: string, progress?: TransferProgress, signal?: AbortSignal): Promise<void>;
  /**
   * To a temporary name beside `file` first; taken up again where an interrupted one stopped; verified, then renamed.
   * What a list gave saves a request; an object that changed meanwhile is downloaded as it is now.
   */
  download(
    object: string | StoreObject,
    file: string,
    progress?: TransferProgress,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Where the bucket lies, as its cloud names regions; absent where that means nothing, undefined where it cannot be told. */
  region?(signal?: AbortSignal): Promise<string | undefined>;
  /** All versions of a key, newest first; absent where none are kept. */
  versions?(key: string, signal?: AbortSignal): Promise<readonly StoreVersion[]>;
  /** Reads that version of a key instead of the newest. */
  at?(version: string): Pick<Store, 'stat' | 'read' | 'download'>;
}

/** How a kind of store is reached; names only, nothing secret. */
export interface StoreSettings {
  /** Of the cloud's own configuration on this machine. */
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  /** Google: an account that gcloud is logged in with; a service account's key file; neither: application default credentials. */
  readonly account?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Google: whose buckets are listed. */
  readonly project?: string | undefined;
  /** Buckets in the path instead of the host's name, for servers that want it; decided by the address unless said. */
  readonly pathStyle?: boolean | undefined;
  /** Buckets to show where they may not be listed. */
  readonly buckets?: readonly string[] | undefined;
}

/** A bucket or container. */
export interface StoreRoot {
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly created?: string;
  readonly region?: string;
}

/** A project of Google Cloud. */
export interface StoreProject {
  readonly id: string;
  readonly name: string;
}

/** A login that this machine has for a kind of store. */
export interface StoreLogin {
  readonly name: string;
  readonly region?: string;
  /** In words: "SSO", "access key" … */
  readonly how: string;
  /** What chooses it. */
  readonly settings: StoreSettings;
}

/** What a person confirms in a browser to log in. */
export interface LoginCode {
  /** The same as the page shows. */
  readonly code: string;
  readonly url: string;
  readonly expires: Date;
}

/** One person's way into one kind of store. */
export interface StoreAccount {
  readonly id: StoreId;
  /** The logins that there are on this machine, whichever is used. */
  logins?(): Promise<readonly StoreLogin[]>;
  /** Logs in anew by the browser; resolves when the person has confirmed there. */
  logIn?(show: (code: LoginCode) => void, signal?: AbortSignal): Promise<void>;
  /** The account that the login stands for, as its cloud names it. */
  who?(signal?: AbortSignal): Promise<string>;
  /** The projects that the login may see, where buckets belong to projects. */
  projects?(signal?: AbortSignal): Promise<readonly StoreProject[]>;
  /** Looks whether login and buckets work; a failure is a check that is not ok. */
  check?(signal?: AbortSignal): Promise<readonly Check[]>;
  /** All buckets that may be listed. */
  roots(signal?: AbortSignal): Promise<readonly StoreRoot[]>;
  /** Asks nothing yet: an absent bucket shows at the first use. */
  open(root: string): Store;
}
