package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"dreamgym/envserver/internal/config"
	"go.yaml.in/yaml/v3"
)

type configCmd struct {
	config.Server
}

// Help is printed by config --help.
func (configCmd) Help() string {
	return `Prints what serve would use with the same flags, environment and file, in the form of a
configuration file. The token and the key are not printed.

Precedence: --config FILE, then DREAMGYM_* in the environment, then flags.

Examples:
  envserver config > server.yaml
  envserver config --config server.yaml --max-sessions 100`
}

// Run prints the configuration.
func (c *configCmd) Run(a *app) error {
	names, values := settingsOf(c.Server)
	if a.globals.JSON {
		all := make(map[string]any, len(names))
		for i, name := range names {
			all[name] = values[i]
		}
		all["data"] = a.globals.Data
		return a.printJSON(all)
	}
	lines := []string{"data: " + a.globals.Data}
	for i, name := range names {
		b, err := yaml.Marshal(map[string]any{name: values[i]})
		if err != nil {
			return err
		}
		lines = append(lines, strings.TrimSuffix(string(b), "\n"))
	}
	_, err := fmt.Fprintln(a.stdout, strings.Join(lines, "\n"))
	return err
}

// settingsOf lists a server's settings by the names of their flags, without its secrets.
func settingsOf(s config.Server) (names []string, values []any) {
	return fieldsOf(reflect.ValueOf(s), "")
}

func fieldsOf(v reflect.Value, prefix string) (names []string, values []any) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if _, embedded := field.Tag.Lookup("embed"); embedded {
			n, vs := fieldsOf(v.Field(i), prefix+field.Tag.Get("prefix"))
			names, values = append(names, n...), append(values, vs...)
			continue
		}
		name := prefix + flagName(field.Name)
		if given := field.Tag.Get("name"); given != "" {
			name = prefix + given
		}
		if name == "token" || strings.HasSuffix(name, "-key") {
			continue
		}
		value := v.Field(i).Interface()
		if d, ok := value.(time.Duration); ok {
			value = d.String()
		}
		names, values = append(names, name), append(values, value)
	}
	return names, values
}

// flagName is the flag of a field: words joined by dashes.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
