export interface DataPlane {
  readonly gateway: string;
  readonly address: string;
  readonly port: number;
}
