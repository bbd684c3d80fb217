package elfobj

// This file compares an object before and after an edit.

import (
	"fmt"
	"reflect"
)

// SameDynamic tells whether two readings of an object differ in nothing but the
// interpreter and the run path, the only things that are edited. The error names
// the first difference. Interp, Rpath and Runpath are the caller's to compare.
func SameDynamic(before, after *Object) error {
	a, b := *before, *after
	for _, o := range []*Object{&a, &b} {
		o.Interp, o.Rpath, o.Runpath = "", nil, nil
		if len(o.Needed) == 0 {
			o.Needed = nil
		}
	}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		x, y := va.Field(i).Interface(), vb.Field(i).Interface()
		if !reflect.DeepEqual(x, y) {
			return fmt.Errorf("elfobj: %s changed from %s to %s", fieldName(va.Type().Field(i).Name), quoted(x), quoted(y))
		}
	}
	return nil
}

// fieldName is the name by which readelf and the gABI know a field.
func fieldName(field string) string {
	switch field {
	case "Needed":
		return "DT_NEEDED"
	case "Soname":
		return "DT_SONAME"
	case "Verneed":
		return "the symbol versions wanted"
	case "Verdef":
		return "the symbol versions defined"
	case "ExecStack", "HasStack":
		return "PT_GNU_STACK"
	case "NoDefLib", "PIE", "OriginFlag":
		return "DT_FLAGS_1"
	}
	return field
}

func quoted(v any) string {
	switch v := v.(type) {
	case string, []string:
		return fmt.Sprintf("%q", v)
	default:
		return fmt.Sprintf("%v", v)
	}
}
