import type { Metadata } from './metadata.js';

/** Functions (V8's src/objects/js-function.h, shared-function-info.h, scope-info.tq) and scripts (script.tq). */
export interface FunctionLayout {
  /** JSFunction: the SharedFunctionInfo, which all closures of one function text share. */
  readonly shared: number;
  readonly nameOrScopeInfo: number;
  /** A builtin's number, bytecode, baseline code, … */
  readonly data: number;
  readonly script: number;
  /** 16 bits: how far before the function's start its `function` stands. */
  readonly tokenOffset: number;
  /** ScopeInfo: index of the number of its variables, and of the first of them. */
  readonly localCountIndex: number;
  readonly firstLocalIndex: number;
}

export interface ScriptLayout {
  readonly source: number;
  readonly name: number;
  readonly lineOffset: number;
  readonly columnOffset: number;
  readonly lineEnds: number;
  readonly id: number;
  /** Of evaluated code: the function that evaluated it, and where in it. */
  readonly evalShared: number;
  readonly evalPosition: number;
  /** A WeakFixedArray of its functions. */
  readonly functions: number;
  /** From the comments `//# sourceURL=` and `//# sourceMappingURL=`. */
  readonly sourceUrl: number;
  readonly sourceMappingUrl: number;
}

export function readFunctions({ need, find }: Metadata): FunctionLayout {
  return {
    shared: need('class_JSFunction__shared__SharedFunctionInfo'),
    nameOrScopeInfo: need(
      'class_SharedFunctionInfo__name_or_scope_info__Object',
      'class_SharedFunctionInfo__name_or_scope_info__Tagged_Object_',
      'class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_',
    ),
    // Exported by Node 20 alone; from 22 on `trusted_function_data`, the first field after the Map.
    data: find('class_SharedFunctionInfo__function_data__Object') ?? 8,
    script: need(
      'class_SharedFunctionInfo__script_or_debug_info__HeapObject',
      'class_SharedFunctionInfo__script__Tagged_HeapObject_',
    ),
    tokenOffset: need('class_SharedFunctionInfo__raw_function_token_offset__int16_t'),
    localCountIndex: need('scopeinfo_idx_ncontextlocals'),
    firstLocalIndex: need('scopeinfo_idx_first_vars'),
  };
}

export function readScripts({ need }: Metadata): ScriptLayout {
  const name = need('class_Script__name__Object');
  const lineEnds = need('class_Script__line_ends__Object');
  const lazyPositions = need(
    'class_Script__compiled_lazy_function_positions__Object',
    'class_Script__compiled_lazy_function_positions__Tagged_Object_',
  );
  return {
    source: need('class_Script__source__Object'),
    name,
    // Numbers are not exported: script.tq has `line_offset` and `column_offset` after `name`, `id` after `line_ends`,
    // and `flags`, `source_url`, `source_mapping_url` after `compiled_lazy_function_positions`, on all four lines;
    // `shared_function_infos`, or `infos`, is before that.
    lineOffset: name + 8,
    columnOffset: name + 16,
    lineEnds,
    id: lineEnds + 8,
    evalShared: need(
      'class_Script__eval_from_shared_or_wrapped_arguments__Object',
      'class_Script__eval_from_shared_or_wrapped_arguments__Tagged_Object_',
    ),
    evalPosition: need('class_Script__eval_from_position__SMI'),
    functions: lazyPositions - 8,
    sourceUrl: lazyPositions + 16,
    sourceMappingUrl: lazyPositions + 24,
  };
}
