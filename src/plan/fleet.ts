/** Many requests that share what each zone can run at a time, all of whole slots of one length. */

export interface FleetZone {
  /** gCO2eq/kWh of each slot; NaN where unknown: nothing is planned there. As many slots in every zone. */
  readonly intensity: Float64Array;
  /** Requests that may run in each slot. */
  readonly capacity: Int32Array;
}

export interface FleetRequest {
  /** First slot it may run in. */
  readonly release: number;
  /** First slot it may no longer run in. */
  readonly deadline: number;
  /** Slots of work, at least 1. */
  readonly slots: number;
  /** Energy of one slot of it, kWh. */
  readonly slotKwh: number;
  /** Indices of the zones it may run in. It stays in one of them. */
  readonly zones: readonly number[];
  /** In any of its slots, or else in one piece. */
  readonly interruptible: boolean;
}

export interface Fleet {
  readonly zones: readonly FleetZone[];
  readonly requests: readonly FleetRequest[];
}

export interface FleetPlacement {
  readonly zone: number;
  /** Rising. */
  readonly slots: Int32Array;
}

export interface FleetPlan {
  /** Of each request; undefined when no room was found for it. */
  readonly placements: readonly (FleetPlacement | undefined)[];
  /** Indices of the requests without room: by themselves, because no zone has so many known slots in their time, or with the others. */
  readonly impossible: readonly number[];
  readonly crowdedOut: readonly number[];
  /** Of all that is placed, gCO2eq. */
  readonly emissions: number;
  /** No plan that places the same requests emits less, gCO2eq: a Lagrangian bound, below the linear programme's at most. */
  readonly bound: number;
}
