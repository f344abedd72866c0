// Expands with Go's text/template what template.test.ts asks. Each line of the questions has a template; the
// answers add a text or an error. The answers are questions as well:
// `go run ask-go.go < go-answers.jsonl > answers && mv answers go-answers.jsonl`
// The functions are those that Prometheus adds and that need nothing but Go's own packages.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strings"
	"text/template"
)

type sample struct {
	Labels map[string]string
	Value  any
}
type queryResult []*sample

var functions = template.FuncMap{
	"query": func(q string) (queryResult, error) {
		switch q {
		case "none":
			return queryResult{}, nil
		case "bad":
			return nil, errors.New("1:1: parse error: no")
		}
		return queryResult{
			{Labels: map[string]string{"instance": "b", "__value__": "v"}, Value: 2.5},
			{Labels: map[string]string{"instance": "a", "job": q}, Value: 1e6},
		}, nil
	},
	"first": func(v queryResult) (*sample, error) {
		if len(v) > 0 {
			return v[0], nil
		}
		return nil, errors.New("first() called on vector with no elements")
	},
	"label":    func(label string, s *sample) string { return s.Labels[label] },
	"value":    func(s *sample) any { return s.Value },
	"strvalue": func(s *sample) string { return s.Labels["__value__"] },
	"args": func(args ...any) map[string]any {
		result := make(map[string]any)
		for i, a := range args {
			result[fmt.Sprintf("arg%d", i)] = a
		}
		return result
	},
	"reReplaceAll": func(pattern, repl, text string) string {
		return regexp.MustCompile(pattern).ReplaceAllString(text, repl)
	},
	"match":    regexp.MatchString,
	"safeHtml": func(text string) string { return text },
	"toUpper":  strings.ToUpper,
	"toLower":  strings.ToLower,
	"graphLink": func(expr string) string {
		return "/graph?g0.expr=" + url.QueryEscape(expr) + "&g0.tab=0"
	},
	"sortByLabel": func(label string, v queryResult) queryResult {
		sort.SliceStable(v, func(i, j int) bool { return v[i].Labels[label] < v[j].Labels[label] })
		return v
	},
	"stripPort": func(hostPort string) string {
		host, _, err := net.SplitHostPort(hostPort)
		if err != nil {
			return hostPort
		}
		return host
	},
	"stripDomain": func(hostPort string) string {
		host, port, err := net.SplitHostPort(hostPort)
		if err != nil {
			host = hostPort
		}
		if net.ParseIP(host) != nil {
			return hostPort
		}
		host = strings.Split(host, ".")[0]
		if port != "" {
			return net.JoinHostPort(host, port)
		}
		return host
	},
	"urlQueryEscape": url.QueryEscape,
	"humanize":       func(v any) string { return fmt.Sprint("<", v, ">") },
}

const definitions = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}" +
	"{{$externalURL := .ExternalURL}}{{$value := .Value}}"

type answer struct {
	Template string  `json:"template"`
	Text     *string `json:"text,omitempty"`
	Error    string  `json:"error,omitempty"`
}

func expand(text string) (string, error) {
	t := template.New("test").Funcs(functions).Option("missingkey=zero")
	t, err := t.Parse(definitions + text)
	if err != nil {
		return "", err
	}
	data := struct {
		Labels         map[string]string
		ExternalLabels map[string]string
		ExternalURL    string
		Value          any
	}{
		Labels:         map[string]string{"__name__": "m", "a": "x", "job": "api", "é": "ü\n\"<&'", "url": "a.b:80"},
		ExternalLabels: map[string]string{"dc": "eu"},
		ExternalURL:    "http://host:9090/path",
		Value:          1234.5,
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var a answer
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			panic(err)
		}
		a.Text, a.Error = nil, ""
		text, err := expand(a.Template)
		if err != nil {
			// The types are in Prometheus' package of that name.
			a.Error = strings.ReplaceAll(err.Error(), "main.", "template.")
		} else {
			a.Text = &text
		}
		if err := out.Encode(a); err != nil {
			panic(err)
		}
	}
}
