/** The persisted document a request named. `registered` ones came from a client, not a manifest. */
export type RequestDocument = {
  readonly id: string;
  readonly source: 'trusted' | 'registered';
  /** The manifest's name for it. */
  readonly name?: string;
};

const documents = new WeakMap<Request, RequestDocument>();

/** What the persisted-documents plugin found; nothing when the request brought free text. */
export const documentOf = (request: Request): RequestDocument | undefined => documents.get(request);

/** For the persisted-documents plugin alone. Batches are off: a request names one document. */
export const setDocument = (request: Request, document: RequestDocument): void => {
  documents.set(request, document);
};
