// Answers with Go's regexp package what regex.test.ts asks. Each line of the questions has a pattern, texts and a
// replacement; the answers add an error, or what the groups capture if the whole text must match, and the text
// with all matches replaced. The answers are questions as well:
// `go run ask-go.go < go-answers.jsonl > answers && mv answers go-answers.jsonl`
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"regexp/syntax"
)

type line struct {
	Pattern     string      `json:"pattern"`
	Texts       []string    `json:"texts,omitempty"`
	Replacement string      `json:"replacement,omitempty"`
	Error       string      `json:"error,omitempty"`
	Whole       [][]*string `json:"whole,omitempty"`
	Replaced    []string    `json:"replaced,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			panic(err)
		}
		answer(&l)
		if err := out.Encode(l); err != nil {
			panic(err)
		}
	}
}

func answer(l *line) {
	l.Error, l.Whole, l.Replaced = "", nil, nil
	if _, err := syntax.Parse(l.Pattern, syntax.Perl|syntax.DotNL); err != nil {
		l.Error = err.Error()
		l.Texts = nil
		l.Replacement = ""
		return
	}
	whole := regexp.MustCompile("^(?s:" + l.Pattern + ")$")
	anywhere := regexp.MustCompile(l.Pattern)
	for _, text := range l.Texts {
		var groups []*string
		found := whole.FindStringSubmatchIndex(text)
		for i := 0; i < len(found); i += 2 {
			var group *string
			if found[i] >= 0 {
				captured := text[found[i]:found[i+1]]
				group = &captured
			}
			groups = append(groups, group)
		}
		l.Whole = append(l.Whole, groups)
		l.Replaced = append(l.Replaced, anywhere.ReplaceAllString(text, l.Replacement))
	}
}
