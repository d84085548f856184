/**
 * What a definition says of its objects' fields, as far as it is heeded here: the names and meanings
 * are those of the real thing, of which this is a part.
 * Source: Kubernetes API reference, JSONSchemaProps.
 * @module
 */

export interface Schema {
  /** `object`: of its fields those alone are kept that are named in `properties`, if any are. */
  readonly type?: string;
  /** Keeps the others as well. */
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  /** What stands for the absent field. */
  readonly default?: unknown;
  readonly required?: readonly string[];
  /** Of a text. */
  readonly pattern?: string;
  /** Of a number. */
  readonly minimum?: number;
  /** Of a list. */
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly "x-kubernetes-validations"?: readonly SchemaRule[];
}

/** A condition in CEL that the field must meet. */
export interface SchemaRule {
  readonly rule: string;
  readonly message: string;
}
