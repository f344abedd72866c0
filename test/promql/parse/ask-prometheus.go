//go:build ignore

// Answers with Prometheus' parser what prometheus-answers.test.ts asks. In a checkout of Prometheus 3.14:
// `go run ask-prometheus.go < prometheus-answers.jsonl`. Each line of the questions is {"query", "experimental"};
// each line of the answers has these, and "errors", or "type" and "printed".
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

type line struct {
	Query        string   `json:"query"`
	Experimental bool     `json:"experimental,omitempty"`
	Errors       []string `json:"errors,omitempty"`
	Type         string   `json:"type,omitempty"`
	Printed      string   `json:"printed,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var question line
		if err := json.Unmarshal(in.Bytes(), &question); err != nil {
			panic(err)
		}
		if err := out.Encode(answered(question.Query, question.Experimental)); err != nil {
			panic(err)
		}
	}
}

func answered(query string, experimental bool) line {
	answer := line{Query: query, Experimental: experimental}
	options := parser.Options{
		EnableExperimentalFunctions:  experimental,
		ExperimentalDurationExpr:     true,
		EnableExtendedRangeSelectors: experimental,
		EnableBinopFillModifiers:     experimental,
	}
	expr, err := parser.NewParser(options).ParseExpr(query)
	if err == nil {
		answer.Type = string(expr.Type())
		answer.Printed = expr.String()
		return answer
	}
	for _, one := range err.(parser.ParseErrors) {
		answer.Errors = append(answer.Errors, one.Error())
	}
	return answer
}
