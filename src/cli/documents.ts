/** The GraphQL the commands send. */

export const SET_POLICY = /* GraphQL */ `
  mutation SetPolicy($input: PolicyInput!) {
    setPolicy(input: $input) {
      version
    }
  }
`;

export const RAISE_BUDGET = /* GraphQL */ `
  mutation RaiseBudget($input: RaiseBudgetInput!) {
    raiseBudget(input: $input) {
      __typename
      ... on BudgetRaised {
        message
        resumed {
          id
          name
        }
      }
      ... on BudgetNotRaised {
        message
      }
    }
  }
`;

export const POLICY = /* GraphQL */ `
  query Policy($project: String!) {
    policy(project: $project) {
      rules {
        text
      }
      versions {
        version
        setAt
        document {
          name
          project
        }
      }
    }
  }
`;

export const INTENSITY = /* GraphQL */ `
  subscription Intensity($zone: String!) {
    carbonIntensity(zone: $zone) {
      start
      end
      intensityGco2eqPerKwh
      provenance
    }
  }
`;

export const COMPARISON = /* GraphQL */ `
  query Comparison($name: String, $id: ID) {
    experiment(name: $name, id: $id) {
      id
      name
      comparison {
        notice
        runs {
          id
          name
          role
          state
          stateMessage
          emissionsGco2eq
          energyKwh
          attributedEnergyKwh
          attributedEmissionsGco2eq
          overheadEmissionsGco2eq
          accuracy
          peakMemoryBytes
          delaySeconds
          trainingSeconds
          carbonPerAccuracyPointGco2eq
          coverage {
            energyWithKnownIntensityPercent
            components {
              component
              method
            }
          }
          savings {
            savedGco2eq
            savedPercent
            timingGco2eq
            placeGco2eq
            interactionGco2eq
            overheadGco2eq
            provenance
            unknownBecause
          }
          plan {
            mode
            forecastMethod
            expectedEmissionsGco2eq
          }
        }
        pairs {
          candidate {
            name
          }
          emissionsReductionPercent
          energyReductionPercent
          accuracyDifferencePoints
          peakMemoryReductionPercent
          durationChangePercent
          delayHours
          differenceGco2eq
          timingGco2eq
          placeGco2eq
          interactionGco2eq
          configurationGco2eq
          overheadGco2eq
          converged
          convergenceNote
          unknownBecause
        }
      }
    }
  }
`;

/** Experiments with runs that have not ended. */
export const UNFINISHED = /* GraphQL */ `
  query Unfinished {
    runs(first: 100, filter: { states: [PLANNED, QUEUED, RUNNING, PAUSED] }) {
      edges {
        node {
          id
          name
          state
          pauseReason
          submittedAt
          experiment {
            id
            name
          }
        }
      }
    }
  }
`;

export const EXPERIMENT_RUNS = /* GraphQL */ `
  query ExperimentRuns($id: ID!) {
    experiment(id: $id) {
      id
      name
      runs {
        id
        name
        zone
      }
    }
  }
`;

/** Of `lowtide grid`: what is known now. */
export const GRID_NOW = /* GraphQL */ `
  query GridNow($zone: String!) {
    service {
      gridNow
      replay {
        notice
      }
    }
    zones {
      key
      name
      timeZone
      kinds
      attribution
    }
    carbonIntensity(zone: $zone) {
      start
      end
      intensityGco2eqPerKwh
      provenance
      source
      issuedAt
    }
    sources(zone: $zone) {
      name
      zone
      kind
      factorType
      health
      lastSuccessAt
      newestEnd
      lastFailure {
        since
        message
      }
    }
  }
`;

/** Of `lowtide grid`: the last day and the next two. */
export const GRID_FORECAST = /* GraphQL */ `
  query GridForecast($zone: String!, $from: DateTime!, $to: DateTime!, $horizonHours: Int!) {
    intensityHistory(zone: $zone, from: $from, to: $to, stepMinutes: 60) {
      start
      end
      intensityGco2eqPerKwh
      provenance
      source
      issuedAt
    }
    intensityForecast(zone: $zone, horizonHours: $horizonHours) {
      method
      issuedAt
      note
      readings {
        start
        end
        intensityGco2eqPerKwh
        provenance
        source
        issuedAt
        interval80 {
          lowGco2eqPerKwh
          highGco2eqPerKwh
        }
      }
    }
  }
`;

export const EXPORT_RUNS = /* GraphQL */ `
  query ExportRuns($runs: [ID!]!, $format: ExportFormat!, $scope: ExportScope!, $functionalUnit: FunctionalUnit!, $inferences: Int) {
    exportRuns(runs: $runs, format: $format, scope: $scope, functionalUnit: $functionalUnit, inferences: $inferences) {
      name
      mediaType
      encoding
      content
    }
  }
`;

export const IMPORT_CODECARBON = /* GraphQL */ `
  mutation ImportCodecarbon($experiment: ID!, $csv: String!) {
    importCodecarbon(experiment: $experiment, csv: $csv) {
      __typename
      ... on RunsImported {
        added
        known
        ignoredColumns
      }
      ... on ExperimentNotFound {
        message
      }
    }
  }
`;

export const TRACKED_RUN = /* GraphQL */ `
  query TrackedRun($id: ID!) {
    run(id: $id) {
      id
      name
      specYaml
      submittedAt
      lastSequence
      experiment {
        name
      }
      tracked {
        status
        endedAt
        params {
          key
          value
        }
        tags {
          key
          value
        }
        totals {
          key
          value
        }
        step
      }
    }
  }
`;

export const TRACKED_PAGE = /* GraphQL */ `
  query TrackedPage($id: ID!, $after: Int!, $first: Int!) {
    run(id: $id) {
      trackedMetrics(after: $after, first: $first) {
        metrics {
          sequence
          key
          value
          at
          step
        }
        until
        complete
      }
    }
  }
`;
