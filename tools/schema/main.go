// Command schema writes Envoy's v3 API as one compact table, which the configuration pipeline loads lazily.
//
// Usage: go run . <output file>
//
// Format (ASCII, lines end with \n):
//
//	1  {"version": …, "files": […]}             names of the proto files; entries refer to them by index
//	2  name:length name:length …                index of the entries, sorted by name, lengths in bytes without \n
//	3… one JSON array an entry:
//	   message ["m", file, flags, [oneof…], [field…]]     flags 1 = work in progress; oneof "name", "name!" = required
//	           field [name, number, kind, cardinality, reference, extras?]
//	           kind: protobuf's FieldDescriptorProto.Type; cardinality 0 implicit, 1 explicit presence, 2 repeated, 3 map
//	           reference: type name, "" for scalars; a map has "keyKind:valueKind:valueType"
//	   enum    ["e", file, flags, [[name, number, flags]…]]           value flags 1 = deprecated, 2 = disallowed
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	udpa "github.com/cncf/xds/go/udpa/annotations"
	xdsannotations "github.com/cncf/xds/go/xds/annotations/v3"
	envoyannotations "github.com/envoyproxy/go-control-plane/envoy/annotations"
	"github.com/envoyproxy/protoc-gen-validate/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const version = "1.40.0"

type table struct {
	files   []string
	entries map[string][]any
}

func main() {
	t := &table{entries: map[string][]any{}}
	var all []protoreflect.FileDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if wanted(f.Path()) {
			all = append(all, f)
		}
		return true
	})
	sort.Slice(all, func(i, j int) bool { return all[i].Path() < all[j].Path() })
	for _, f := range all {
		t.addFile(f)
	}
	if err := os.WriteFile(os.Args[1], t.encode(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// wanted leaves out what only describes descriptors.
func wanted(path string) bool {
	for _, p := range []string{"validate/", "udpa/annotations/", "xds/annotations/", "envoy/annotations/", "google/protobuf/descriptor.proto", "google/protobuf/go_features.proto", "google/protobuf/compiler/", "google/api/annotations", "google/api/http", "google/api/client", "google/api/launch"} {
		if strings.HasPrefix(path, p) {
			return false
		}
	}
	return true
}

func (t *table) addFile(f protoreflect.FileDescriptor) {
	index := len(t.files)
	t.files = append(t.files, f.Path())
	wip := fileInProgress(f)
	t.addEnums(f.Enums(), index)
	t.addMessages(f.Messages(), index, wip)
}

func (t *table) addMessages(list protoreflect.MessageDescriptors, file int, wip bool) {
	for i := 0; i < list.Len(); i++ {
		m := list.Get(i)
		if m.IsMapEntry() {
			continue
		}
		t.entries[string(m.FullName())] = []any{"m", file, messageFlags(m, wip), oneofs(m), fields(m)}
		t.addEnums(m.Enums(), file)
		t.addMessages(m.Messages(), file, wip)
	}
}

func (t *table) addEnums(list protoreflect.EnumDescriptors, file int) {
	for i := 0; i < list.Len(); i++ {
		e := list.Get(i)
		values := []any{}
		for j := 0; j < e.Values().Len(); j++ {
			v := e.Values().Get(j)
			o := v.Options().(*descriptorpb.EnumValueOptions)
			flags := 0
			if o.GetDeprecated() {
				flags |= 1
			}
			if extension(o, envoyannotations.E_DisallowedByDefaultEnum) == true {
				flags |= 2
			}
			values = append(values, []any{string(v.Name()), int(v.Number()), flags})
		}
		t.entries[string(e.FullName())] = []any{"e", file, 0, values}
	}
}

func oneofs(m protoreflect.MessageDescriptor) []string {
	out := []string{}
	for i := 0; i < m.Oneofs().Len(); i++ {
		o := m.Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		name := string(o.Name())
		if extension(o.Options(), validate.E_Required) == true {
			name += "!"
		}
		out = append(out, name)
	}
	return out
}

func fields(m protoreflect.MessageDescriptor) []any {
	out := []any{}
	list := m.Fields()
	order := make([]protoreflect.FieldDescriptor, list.Len())
	for i := range order {
		order[i] = list.Get(i)
	}
	sort.Slice(order, func(i, j int) bool { return order[i].Number() < order[j].Number() })
	for _, f := range order {
		out = append(out, field(f))
	}
	return out
}

func field(f protoreflect.FieldDescriptor) []any {
	cardinality, reference := 0, typeName(f)
	switch {
	case f.IsMap():
		v := f.MapValue()
		cardinality = 3
		reference = fmt.Sprintf("%d:%d:%s", f.MapKey().Kind(), v.Kind(), typeName(v))
	case f.IsList():
		cardinality = 2
	case f.HasPresence():
		cardinality = 1
	}
	row := []any{string(f.Name()), int(f.Number()), int(f.Kind()), cardinality, reference}
	if x := extras(f); len(x) > 0 {
		row = append(row, x)
	}
	return row
}

func typeName(f protoreflect.FieldDescriptor) string {
	if f.Message() != nil && !f.IsMap() {
		return string(f.Message().FullName())
	}
	if f.Enum() != nil {
		return string(f.Enum().FullName())
	}
	return ""
}

// extras: o index of the oneof, d 1 deprecated / 2 disallowed by default, w work in progress, s sensitive,
// j JSON name where it is not the camelCase of the name, v validation rules.
func extras(f protoreflect.FieldDescriptor) map[string]any {
	x := map[string]any{}
	o := f.Options().(*descriptorpb.FieldOptions)
	if c := f.ContainingOneof(); c != nil && !c.IsSynthetic() {
		x["o"] = c.Index()
	}
	if o.GetDeprecated() {
		x["d"] = 1
		if extension(o, envoyannotations.E_DisallowedByDefault) == true {
			x["d"] = 2
		}
	}
	if s, ok := extension(o, xdsannotations.E_FieldStatus).(*xdsannotations.FieldStatusAnnotation); ok && s.GetWorkInProgress() {
		x["w"] = 1
	}
	if extension(o, udpa.E_Sensitive) == true {
		x["s"] = 1
	}
	if f.JSONName() != camel(string(f.Name())) {
		x["j"] = f.JSONName()
	}
	if r, ok := extension(o, validate.E_Rules).(*validate.FieldRules); ok && r != nil {
		if v := rules(r.ProtoReflect()); len(v) > 0 {
			x["v"] = v
		}
	}
	return x
}

func rules(m protoreflect.Message) map[string]any {
	out := map[string]any{}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.IsList() {
			items := []any{}
			for i := 0; i < v.List().Len(); i++ {
				items = append(items, ruleValue(f, v.List().Get(i)))
			}
			out[string(f.Name())] = items
		} else {
			out[string(f.Name())] = ruleValue(f, v)
		}
		return true
	})
	return out
}

func ruleValue(f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch f.Kind() {
	case protoreflect.MessageKind:
		switch known := v.Message().Interface().(type) {
		case *durationpb.Duration:
			return known.AsDuration().Seconds()
		case *timestamppb.Timestamp:
			return known.AsTime().Unix()
		}
		return rules(v.Message())
	case protoreflect.EnumKind:
		return string(f.Enum().Values().ByNumber(v.Enum()).Name())
	case protoreflect.BytesKind:
		return string(v.Bytes())
	default:
		return v.Interface()
	}
}

func messageFlags(m protoreflect.MessageDescriptor, wip bool) int {
	if s, ok := extension(m.Options(), xdsannotations.E_MessageStatus).(*xdsannotations.MessageStatusAnnotation); ok && s.GetWorkInProgress() {
		wip = true
	}
	if wip {
		return 1
	}
	return 0
}

func fileInProgress(f protoreflect.FileDescriptor) bool {
	if s, ok := extension(f.Options(), udpa.E_FileStatus).(*udpa.StatusAnnotation); ok && s.GetWorkInProgress() {
		return true
	}
	s, ok := extension(f.Options(), xdsannotations.E_FileStatus).(*xdsannotations.FileStatusAnnotation)
	return ok && s.GetWorkInProgress()
}

func extension(o protoreflect.ProtoMessage, x protoreflect.ExtensionType) any {
	if o == nil || !o.ProtoReflect().IsValid() || !proto.HasExtension(o, x) {
		return nil
	}
	return proto.GetExtension(o, x)
}

func camel(name string) string {
	var b strings.Builder
	up := false
	for _, c := range name {
		switch {
		case c == '_':
			up = true
		case up:
			b.WriteString(strings.ToUpper(string(c)))
			up = false
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (t *table) encode() []byte {
	names := make([]string, 0, len(t.entries))
	for n := range t.entries {
		names = append(names, n)
	}
	sort.Strings(names)
	var head, index, body bytes.Buffer
	head.Write(ascii(map[string]any{"version": version, "files": t.files}))
	for i, n := range names {
		line := ascii(t.entries[n])
		if i > 0 {
			index.WriteByte(' ')
		}
		index.WriteString(n + ":" + strconv.Itoa(len(line)))
		body.Write(line)
		body.WriteByte('\n')
	}
	return bytes.Join([][]byte{head.Bytes(), index.Bytes(), body.Bytes()}, []byte("\n"))
}

func ascii(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	for _, c := range strings.TrimRight(b.String(), "\n") {
		if c < 0x80 {
			out.WriteRune(c)
		} else {
			fmt.Fprintf(&out, "\\u%04x", c)
		}
	}
	return out.Bytes()
}
