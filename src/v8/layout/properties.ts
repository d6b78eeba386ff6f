import type { Metadata } from './metadata.js';

/** Properties of objects, as their Map describes them (V8's src/objects/descriptor-array.h, property-details.h). */
export interface PropertyLayout {
  /** Map: the DescriptorArray, and two bytes, in words: an object's size, and where its own properties start. */
  readonly descriptors: number;
  readonly sizeInWords: number;
  readonly startInWords: number;
  /** DescriptorArray: its first entry, the words of an entry, and two of them. */
  readonly firstDescriptor: number;
  readonly descriptorWords: number;
  readonly key: number;
  readonly details: number;
  /** Bits of the details. */
  readonly kindMask: number;
  readonly kindData: number;
  readonly locationMask: number;
  /** Shifted to its place. */
  readonly locationField: number;
  readonly indexMask: number;
  readonly indexShift: number;
}

export function readProperties({ need }: Metadata): PropertyLayout {
  return {
    descriptors: need(
      'class_Map__instance_descriptors_offset',
      'class_Map__instance_descriptors__DescriptorArray',
      'class_Map__instance_descriptors__Tagged_DescriptorArray_',
    ),
    sizeInWords: need('class_Map__instance_size_in_words__char'),
    startInWords: need('class_Map__inobject_properties_start_or_constructor_function_index__char'),
    firstDescriptor: need('class_DescriptorArray__header_size__uintptr_t'),
    descriptorWords: need('prop_desc_size'),
    key: need('prop_desc_key'),
    details: need('prop_desc_details'),
    kindMask: need('prop_kind_mask'),
    kindData: need('prop_kind_Data'),
    locationMask: need('prop_location_mask'),
    locationField: need('prop_location_Field') << need('prop_location_shift'),
    indexMask: need('prop_index_mask'),
    indexShift: need('prop_index_shift'),
  };
}
