import {
  CustomVariableBuilder,
  type Dashboard,
  DashboardLinkBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as logql from './logql.js';
import { BAR, STATES, TRIGGERS } from './looks.js';
import { fillIn, groupTable, recordTable, startDashboard, textPanel, tracePanel } from './panels.js';

const WHO = { service_name: 'Service', host_name: 'Host', process_pid: 'Pid' };

/** A row a report; choosing one shows its sections and its trace. */
export function buildReports(): Dashboard {
  return startDashboard('gmr-reports', 'Guru Meditation: reports', 'What live processes said when they were asked.')
    .withVariable(chooseOne('trigger', 'Trigger', TRIGGERS))
    .withVariable(chooseOne('state', 'Main thread', STATES))
    .withVariable(fillIn('report', 'Report', 'A report’s id: its sections and its trace are shown below'))
    .withVariable(
      fillIn('trace', 'Trace', 'A trace of the application: which reports were made while it was in flight'),
    )
    .link(new DashboardLinkBuilder('Fleet').url('/d/gmr-fleet').keepTime(true))
    .withPanel(
      recordTable(
        { title: 'Reports', description: 'Click an id to read the report.', width: 24, height: 9 },
        logql.reports,
        {
          Time: 'Time',
          ...WHO,
          gmr_report_trigger: 'Trigger',
          gmr_main_state: 'Main thread',
          gmr_main_for_ms: 'For',
          gmr_verdict: 'Verdict',
          Line: 'Top frame',
          gmr_report_id: 'Report',
        },
      ),
    )
    .withPanel(
      groupTable({ title: 'Crashes', whenEmpty: 'No process crashed', width: 24, height: 5 }, [logql.crashes], {
        'Value #A': 'Count',
        service_name: 'Service',
        exception_type: 'Type',
        exception_message: 'Message',
        code_function_name: 'Function',
        code_file_path: 'File',
      }).overrideByName('Count', [BAR]),
    )
    .withPanel(
      recordTable(
        {
          title: 'Answers that came late',
          description: 'The stack that a native call had held, told when it returned. Also in its report, below.',
          whenEmpty: 'None came late',
          width: 24,
          height: 5,
        },
        logql.lateAnswers,
        { Time: 'Time', ...WHO, gmr_section_late_ms: 'Late', Line: 'Top frame', gmr_report_id: 'Report' },
      ),
    )
    .withRow(new RowBuilder('Report $report'))
    .withPanel(
      textPanel(
        { title: 'Its sections, in order', whenEmpty: 'Click a report’s id above', width: 14, height: 24 },
        logql.sections,
        5000,
      ),
    )
    .withPanel(tracePanel({ title: 'Its trace', width: 10, height: 24 }, '$report'))
    .withRow(new RowBuilder('Trace $trace'))
    .withPanel(
      recordTable(
        { title: 'Reports made while it was in flight', whenEmpty: 'Fill in a trace’s id above', width: 24, height: 6 },
        logql.reportsOfTrace,
        {
          Time: 'Time',
          ...WHO,
          gmr_in_flight_name: 'In flight',
          gmr_in_flight_age_ms: 'Age',
          Line: 'Mark',
          gmr_report_id: 'Report',
        },
      ),
    )
    .build();
}

/** Of values that the schema lists. A main thread whose section failed has no state at all. */
function chooseOne(name: string, label: string, values: readonly string[]): CustomVariableBuilder {
  return new CustomVariableBuilder(name)
    .label(label)
    .values(values.join(','))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}
