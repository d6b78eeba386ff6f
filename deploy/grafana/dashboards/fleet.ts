import { type Dashboard, DashboardLinkBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as logql from './logql.js';
import { BAR } from './looks.js';
import { fillIn, groupTable, numberPanel, recordTable, startDashboard, textPanel, timePanel } from './panels.js';

const WHO = { service_name: 'Service', host_name: 'Host', process_pid: 'Pid' };
const REPORT = { gmr_report_id: 'Report' };
const STACK_LINK = {
  title: 'Its frames and its processes',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills these.
  url: '/d/gmr-fleet?${__url_time_range}&${service:queryparam}&${host:queryparam}&var-stack=${__value.raw}',
};

/** After one kill for hundreds: who answered, where they are stuck, and how the fleet does. */
export function buildFleet(): Dashboard {
  return startDashboard('gmr-fleet', 'Guru Meditation: fleet', 'Many processes, asked at once.')
    .withVariable(fillIn('stack', 'Stack', 'A stack’s hash: its frames and its processes are shown below'))
    .link(new DashboardLinkBuilder('Reports').url('/d/gmr-reports').keepTime(true))
    .withPanel(numberPanel({ title: 'Reports', width: 4, height: 4 }, logql.reportCount))
    .withPanel(numberPanel({ title: 'Processes that answered', width: 4, height: 4 }, logql.processCount))
    .withPanel(numberPanel({ title: 'By state of main', width: 16, height: 4 }, logql.byState, '{{gmr_main_state}}'))
    .withRow(new RowBuilder('Where they stand'))
    .withPanel(
      groupTable(
        { title: 'The same stack', description: 'Click a hash for its frames.', width: 24, height: 8 },
        [logql.byStack, logql.processesByStack, logql.frameOfStack],
        {
          'Value #A': 'Reports',
          'Value #B': 'Processes',
          code_function_name: 'Function',
          code_file_path: 'File',
          code_line_number: 'Line',
          gmr_main_stack_hash: 'Stack',
        },
      )
        .overrideByName('Stack', [{ id: 'links', value: [STACK_LINK] }])
        .overrideByName('Reports', [BAR]),
    )
    .withPanel(
      groupTable(
        {
          title: 'The same await, of idle processes',
          whenEmpty: 'No idle process has a suspended function',
          width: 24,
          height: 8,
        },
        [logql.byAwait, logql.processesByAwait],
        {
          'Value #A': 'Reports',
          'Value #B': 'Processes',
          gmr_suspended_place: 'Waits at',
          gmr_suspended_settler: 'For',
          gmr_suspended_hash: 'Hash',
        },
      ).overrideByName('Reports', [BAR]),
    )
    .withPanel(
      textPanel(
        { title: 'Frames of stack $stack', whenEmpty: 'Click a stack above', width: 12, height: 10 },
        logql.framesOfStack,
        1,
      ),
    )
    .withPanel(
      recordTable(
        { title: 'Processes at stack $stack', whenEmpty: 'Click a stack above', width: 12, height: 10 },
        logql.processesOfStack,
        {
          Time: 'Time',
          ...WHO,
          gmr_main_state: 'Main thread',
          ...REPORT,
        },
      ),
    )
    .withRow(new RowBuilder('Who did not answer'))
    .withPanel(
      recordTable({ title: 'Main threads that did not answer', width: 12, height: 8 }, logql.silentMains, {
        Time: 'Time',
        ...WHO,
        gmr_main_state: 'Main thread',
        gmr_main_for_ms: 'For',
        gmr_verdict: 'Verdict',
        ...REPORT,
      }),
    )
    .withPanel(
      groupTable(
        {
          title: 'Reported in the last day, not in the chosen time',
          description: 'Ended since, not asked, or stopped: gmr ps on the host tells which.',
          width: 12,
          height: 8,
        },
        [logql.silentProcesses],
        { ...WHO, service_instance_id: 'Instance', 'Value #A': 'Reports of the day' },
      ),
    )
    .withRow(new RowBuilder('How they do'))
    .withPanel(
      timePanel(
        { title: 'Event-loop delay, worst', width: 6, height: 7 },
        logql.worstOf('data.eventLoop.delayMs.max'),
        'ms',
      ),
    )
    .withPanel(
      timePanel(
        { title: 'Heap used of its limit, worst', width: 6, height: 7 },
        logql.worstOf('data.heap.usedOfLimitPercent'),
        'percent',
      ),
    )
    .withPanel(
      timePanel(
        { title: 'CPU since start, worst', width: 6, height: 7 },
        logql.worstOf('data.cpu.averageSinceStartPercent'),
        'percent',
      ),
    )
    .withPanel(
      timePanel(
        { title: 'Descriptors open of the limit, worst', width: 6, height: 7 },
        logql.worstOf('data.descriptors.openOfLimitPercent'),
        'percent',
      ),
    )
    .withPanel(
      recordTable({ title: 'Runtime', width: 24, height: 8 }, logql.runtime, {
        Time: 'Time',
        ...WHO,
        delay_ms: 'Event-loop delay, longest',
        loop_percent: 'Event loop busy',
        heap_percent: 'Heap of its limit',
        rss_bytes: 'RSS',
        cpu_percent: 'CPU since start',
        descriptors: 'Descriptors',
        descriptors_percent: 'Descriptors of the limit',
        ...REPORT,
      }),
    )
    .withRow(new RowBuilder('What was in flight'))
    .withPanel(
      groupTable({ title: 'By route', width: 12, height: 8 }, [logql.inFlightByRoute, logql.oldestByRoute], {
        service_name: 'Service',
        gmr_in_flight_kind: 'Kind',
        gmr_in_flight_name: 'Route',
        'Value #A': 'In flight',
        'Value #B': 'Oldest, ms',
      }),
    )
    .withPanel(
      recordTable({ title: 'By process', width: 12, height: 8 }, logql.inFlightByProcess, {
        Time: 'Time',
        ...WHO,
        gmr_in_flight_requests: 'Requests',
        gmr_in_flight_spans: 'Spans',
        gmr_in_flight_oldest_ms: 'Oldest',
        ...REPORT,
      }),
    )
    .build();
}
