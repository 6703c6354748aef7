/** The tables of what sources said, as TypeORM sees them. Created only by `migrations/`. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SourceState } from '../grid/source-state.js';

/** One version of one step: never changed. */
@Entity('intensity_reading')
@Index('intensity_reading_step', ['zone', 'kind', 'factorType', 'startAt', 'source', 'endAt', 'ordinal'])
export class IntensityReadingRow {
  @PrimaryColumn({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false, update: false })
  ordinal!: string;
  @Column({ type: 'text' })
  zone!: string;
  @Column({ type: 'text' })
  kind!: string;
  @Column({ type: 'text', name: 'factor_type' })
  factorType!: string;
  @Column({ type: 'text' })
  source!: string;
  @Column({ type: 'timestamptz', name: 'start_at' })
  startAt!: Date;
  @Column({ type: 'timestamptz', name: 'end_at' })
  endAt!: Date;
  @Column({ type: 'double precision', name: 'intensity_gco2eq_per_kwh' })
  intensityGco2eqPerKwh!: number;
  @Column({ type: 'text' })
  provenance!: string;
  /** When its source said so, and when it was learned here. */
  @Column({ type: 'timestamptz', name: 'issued_at' })
  issuedAt!: Date;
  @Column({ type: 'timestamptz', name: 'known_at' })
  knownAt!: Date;
}

/** One issue of a forecast. */
@Entity('intensity_forecast')
@Index('intensity_forecast_issue', ['zone', 'kind', 'factorType', 'knownAt', 'ordinal'])
export class IntensityForecastRow {
  @PrimaryColumn({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS', insert: false, update: false })
  ordinal!: string;
  @Column({ type: 'text' })
  zone!: string;
  @Column({ type: 'text' })
  kind!: string;
  @Column({ type: 'text', name: 'factor_type' })
  factorType!: string;
  @Column({ type: 'text' })
  method!: string;
  @Column({ type: 'timestamptz', name: 'start_at' })
  startAt!: Date;
  @Column({ type: 'timestamptz', name: 'end_at' })
  endAt!: Date;
  @Column({ type: 'timestamptz', name: 'issued_at' })
  issuedAt!: Date;
  @Column({ type: 'timestamptz', name: 'known_at' })
  knownAt!: Date;
  @Column({ type: 'text', nullable: true })
  note!: string | null;
  @Column({ type: 'jsonb' })
  readings!: unknown;
}

@Entity('source_state')
export class SourceStateRow {
  @PrimaryColumn({ type: 'text' })
  source!: string;
  @PrimaryColumn({ type: 'text' })
  zone!: string;
  @Column({ type: 'jsonb' })
  state!: SourceState;
}
