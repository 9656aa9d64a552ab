// Command gopeer prints an OpenAPI document of the events that the vendor's Go module
// openai-go declares, read by go/types. eventgen compares it with spec/, so names and
// notation do not matter.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/openai/openai-go/v3"

// unions has the unions of events by their names in the vendor's document.
var unions = map[string]string{
	"RealtimeClientEvent":            "RealtimeClientEventUnionParam",
	"RealtimeServerEvent":            "RealtimeServerEventUnion",
	"RealtimeTranslationClientEvent": "RealtimeTranslationClientEventUnionParam",
	"RealtimeTranslationServerEvent": "RealtimeTranslationServerEventUnion",
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
		os.Exit(1)
	}
}

func run() error {
	// The source of these packages has the values of strings without a type of their own.
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedSyntax | packages.NeedImports | packages.NeedModule,
	}, module+"/realtime", module+"/responses", module+"/shared", module+"/shared/constant")
	if err != nil {
		return err
	}
	r := &reader{schemas: map[string]schema{}, comments: map[string]string{}, constants: map[string]string{}}
	version := ""
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return p.Errors[0]
		}
		if p.Module != nil {
			version = p.Module.Version
		}
		r.read(p)
	}
	for _, p := range loaded {
		if p.PkgPath != module+"/realtime" {
			continue
		}
		for name, goName := range unions {
			o := p.Types.Scope().Lookup(goName)
			if o == nil {
				return fmt.Errorf("%s has no type %s", p.PkgPath, goName)
			}
			r.schemas[name] = r.structure(o.Type())
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	return out.Encode(schema{
		"openapi": "3.1.0", "info": schema{"title": module, "version": version},
		"paths": schema{}, "components": schema{"schemas": r.schemas},
	})
}
