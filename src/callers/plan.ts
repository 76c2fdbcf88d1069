/** What a plan may be called, wherever it is named. */
export const planNamePattern = /^[a-z0-9-]{1,40}$/;
export const planNameTold = '1 to 40 of a-z, 0-9 and -';

/** What a caller may do. Numbers that are undefined are not limited. */
export interface Plan {
  readonly name: string;
  /** Low priority is refused first when an upstream's budget falls. */
  readonly priority: 'normal' | 'low';
  readonly requestsPerMinute: number | undefined;
  readonly pointsPerMinute: number | undefined;
  /** Upstream credits per UTC calendar month. */
  readonly creditsPerMonth: number | undefined;
  /** What one operation may cost; never more than the gateway's own limits. */
  readonly operation: {
    readonly pointsMax: number;
    readonly creditsMax: number;
    readonly depthMax: number;
  };
  /** The largest `first` of a connection. */
  readonly pageSizeMax: number;
  /** How many days back series may go. */
  readonly historyDaysMax: number | undefined;
  /** Which documents run: any, those sent with their hash, or those of the manifests. */
  readonly documents: 'open' | 'apq' | 'trusted';
  readonly introspection: boolean;
  /** What fields that are marked with scopes may be read. */
  readonly scopes: readonly string[];
}
