// Renders a chart as Helm does (Go templates with sprig and Helm's own functions), for machines without Helm.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run render.go CHART NAME < overrides.json
//
// Debian: golang-go golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type object = map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func merge(into, from object) object {
	for key, value := range from {
		inner, isObject := value.(object)
		existing, wasObject := into[key].(object)
		if isObject && wasObject {
			into[key] = merge(existing, inner)
		} else {
			into[key] = value
		}
	}
	return into
}

func read(path string) object {
	text, err := os.ReadFile(path)
	check(err)
	var value object
	check(yaml.Unmarshal(text, &value))
	return value
}

func toYaml(value interface{}) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n"), err
}

func main() {
	chart, release := os.Args[1], os.Args[2]
	var overrides object
	check(json.NewDecoder(os.Stdin).Decode(&overrides))
	about := read(filepath.Join(chart, "Chart.yaml"))
	all := template.New("chart").Option("missingkey=error")
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = toYaml
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	all.Funcs(functions)
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	check(err)
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		_, err = all.New(filepath.Base(file)).Parse(string(text))
		check(err)
	}
	data := object{
		"Values":  merge(read(filepath.Join(chart, "values.yaml")), overrides),
		"Release": object{"Name": release, "Namespace": "memory", "Service": "Helm"},
		"Chart":   object{"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]},
	}
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		var out bytes.Buffer
		check(all.ExecuteTemplate(&out, name, data))
		fmt.Printf("---\n%s\n", out.String())
	}
}
