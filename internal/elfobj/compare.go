package elfobj

import (
	"fmt"
	"reflect"
)

// SameDynamic returns an error that names the first difference of an object before
// and after an edit. It leaves out the interpreter and the search path, the only
// things that are edited, which the caller compares, and what is no part of the dynamic
// section: places in the file, and names in data, which the memory image stands for.
func SameDynamic(before, after *Object) error {
	a, b := *before, *after
	for _, o := range []*Object{&a, &b} {
		o.Interp, o.Rpath, o.Runpath, o.Names = "", nil, nil, nil
		if len(o.Needed) == 0 {
			o.Needed = nil
		}
	}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !va.Type().Field(i).IsExported() {
			continue
		}
		x, y := va.Field(i).Interface(), vb.Field(i).Interface()
		if !reflect.DeepEqual(x, y) {
			return fmt.Errorf("%s changed from %s to %s", fieldName(va.Type().Field(i).Name), quoted(x), quoted(y))
		}
	}
	return nil
}

// fieldName returns the name by which readelf and the gABI know a field.
func fieldName(field string) string {
	switch field {
	case "Needed":
		return "DT_NEEDED"
	case "Filters":
		return "DT_FILTER"
	case "Audit":
		return "DT_AUDIT"
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
