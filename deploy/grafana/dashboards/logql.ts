/**
 * Every question that the dashboards ask of Loki, in its words: attributes are docs/schema.md's, with `_` for `.`. Index
 * labels are few, so a query selects by service and host and filters by the rest.
 */
const CHOSEN = '{service_name=~"$service", host_name=~"$host"}';
const ANY = '{service_name=~".+"}';
/** The first part is enough where a section has come in several. */
const THREADS = '| gmr_section_name="threads" | gmr_section_part=~"1?"';
const TOP_FRAME =
  '| line_format "{{if .code_function_name}}{{.code_function_name}}  {{.code_file_path}}:{{.code_line_number}}{{end}}"';
const PLAIN_TEXT = '| json text="text" | line_format "{{.text}}" | drop text';
const WHO = 'service_name, host_name, process_pid';

/** A row a report, its line the innermost frame of the application. */
export const reports = `${CHOSEN} | gmr_section_name="report" | gmr_report_trigger=~"$trigger" | gmr_main_state=~"$state" ${TOP_FRAME} | keep ${WHO}, gmr_report_trigger, gmr_main_state, gmr_main_for_ms, gmr_verdict, gmr_report_id`;

/** Stalls and crashes, each with its verdict; on any dashboard, so by no variable. */
export const troubles = `${ANY} | gmr_section_name="report" | gmr_report_trigger=~"stall|crash" | line_format "{{.service_name}}: {{.gmr_report_trigger}}: {{.gmr_verdict}}"`;

const CRASH = 'service_name, exception_type, exception_message, code_function_name, code_file_path';

/** How often a service crashed of the same. */
export const crashes = `sum by (${CRASH}) (count_over_time(${CHOSEN} | gmr_section_name="report" | gmr_report_trigger="crash" [$__range]))`;

/** The answer of a thread when its native call had returned. */
export const lateAnswers = `${CHOSEN} ${THREADS} | gmr_section_late_ms!="" ${TOP_FRAME} | keep ${WHO}, gmr_section_late_ms, gmr_report_id`;

/** One report's sections, in order, as their process printed them. */
export const sections = `${ANY} | gmr_report_id="$report" | gmr_section_name!="report.mark" ${PLAIN_TEXT}`;

/** Reports that were made while a trace was in flight. */
export const reportsOfTrace = `${ANY} | gmr_section_name="report.mark" | trace_id="$trace" ${PLAIN_TEXT} | keep ${WHO}, gmr_in_flight_name, gmr_in_flight_age_ms, gmr_report_id`;

/** How many reports there are. */
export const reportCount = `sum(count_over_time(${CHOSEN} | gmr_section_name="report" [$__range]))`;

/** How many processes made them. */
export const processCount = `count(sum by (service_instance_id) (count_over_time(${CHOSEN} | gmr_section_name="report" [$__range])))`;

/** Reports by what main was doing. */
export const byState = `sum by (gmr_main_state) (count_over_time(${CHOSEN} | gmr_section_name="report" [$__range]))`;

const STACKS = `${CHOSEN} ${THREADS} | gmr_main_stack_hash!="" [$__range]`;

/** How often the same stack was reported. By its hash alone: a loop is the same stack wherever in it a report finds main. */
export const byStack = `sum by (gmr_main_stack_hash) (count_over_time(${STACKS}))`;

/** In how many processes. */
export const processesByStack = `count by (gmr_main_stack_hash) (sum by (gmr_main_stack_hash, service_instance_id) (count_over_time(${STACKS})))`;

/** The innermost frame of the application that most of them have. */
export const frameOfStack = `topk by (gmr_main_stack_hash) (1, sum by (gmr_main_stack_hash, code_function_name, code_file_path, code_line_number) (count_over_time(${STACKS})))`;

const IDLE = `${CHOSEN} | gmr_section_name="report" | gmr_main_state="idle" | gmr_suspended_hash!="" [$__range]`;
const WAIT = 'gmr_suspended_hash, gmr_suspended_place, gmr_suspended_settler';

/** How often idle processes waited at the same await, for the same. */
export const byAwait = `sum by (${WAIT}) (count_over_time(${IDLE}))`;

/** In how many processes. */
export const processesByAwait = `count by (${WAIT}) (sum by (${WAIT}, service_instance_id) (count_over_time(${IDLE})))`;

/** The processes that stand at the chosen stack. */
export const processesOfStack = `${CHOSEN} ${THREADS} | gmr_main_stack_hash="$stack" ${TOP_FRAME} | keep ${WHO}, gmr_main_state, gmr_report_id`;

/** The frames of the chosen stack, from the newest report that has it. */
export const framesOfStack = `${CHOSEN} ${THREADS} | gmr_main_stack_hash="$stack" ${PLAIN_TEXT}`;

/** Main threads that did not answer: a native call or a collection of garbage holds them, or the kernel has stopped them. */
export const silentMains = `${CHOSEN} | gmr_section_name="report" | gmr_main_state=~"did not answer|in native code|collecting garbage|waits for its child|waiting for a CPU" ${PLAIN_TEXT} | keep ${WHO}, gmr_main_state, gmr_main_for_ms, gmr_verdict, gmr_report_id`;

const KNOWN = `${WHO}, service_instance_id`;

/** Processes that reported in the last day, and not in the chosen time: ended, or not asked, or not able to answer. */
export const silentProcesses = `sum by (${KNOWN}) (count_over_time(${CHOSEN} | gmr_section_name="report" [24h])) unless sum by (${KNOWN}) (count_over_time(${CHOSEN} | gmr_section_name="report" [$__range]))`;

const RUNTIME = `${CHOSEN} | gmr_section_name="runtime"`;

/** A row a Runtime record; a fact that a process does not know is empty. */
export const runtime = `${RUNTIME} | json delay_ms="data.eventLoop.delayMs.max", loop_percent="data.eventLoop.utilizationPercent", heap_percent="data.heap.usedOfLimitPercent", rss_bytes="data.memory.rssBytes", cpu_percent="data.cpu.averageSinceStartPercent", descriptors="data.descriptors.open", descriptors_percent="data.descriptors.openOfLimitPercent" | line_format "" | keep ${WHO}, delay_ms, loop_percent, heap_percent, rss_bytes, cpu_percent, descriptors, descriptors_percent, gmr_report_id`;

/** The worst of the fleet in one fact of the Runtime records, by service, over time. */
export function worstOf(path: string): string {
  return `max by (service_name) (max_over_time(${RUNTIME} | json fact="${path}" | fact!="" | unwrap fact | __error__="" [$__auto]))`;
}

const MARKS = `${CHOSEN} | gmr_section_name="report.mark"`;
const ROUTE = 'service_name, gmr_in_flight_kind, gmr_in_flight_name';

/** The requests that were in flight, by route. */
export const inFlightByRoute = `sum by (${ROUTE}) (count_over_time(${MARKS} [$__range]))`;

/** Age of the oldest of each route. */
export const oldestByRoute = `max by (${ROUTE}) (max_over_time(${MARKS} | unwrap gmr_in_flight_age_ms [$__range]))`;

/** A row a process: how much was in flight there. */
export const inFlightByProcess = `${CHOSEN} | gmr_section_name="in_flight" | gmr_section_part=~"1?" | line_format "" | keep ${WHO}, gmr_in_flight_requests, gmr_in_flight_spans, gmr_in_flight_oldest_ms, gmr_report_id`;
