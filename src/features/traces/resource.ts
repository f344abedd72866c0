/**
 * What the telemetry is about: attributes such as `service.name`, or a resource of `@opentelemetry/resources`, which
 * may still be finding some of them.
 */
export type ResourceOption = Readonly<Record<string, unknown>> | LateResource;

/** A resource of `@opentelemetry/resources`. */
export interface LateResource {
  /** The attributes that are known. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether some are still to come. */
  readonly asyncAttributesPending?: boolean;
  /** Resolves once all are known. */
  waitForAsyncAttributes?(): Promise<void>;
}

/** Returns the attributes that a resource has now. */
export function resourceAttributes(resource: ResourceOption): Readonly<Record<string, unknown>> {
  const { attributes } = resource as { attributes?: unknown };
  const isResource = typeof attributes === 'object' && attributes !== null;
  return (isResource ? attributes : resource) as Readonly<Record<string, unknown>>;
}
