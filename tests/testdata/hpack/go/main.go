// Reads a conversation from stdin (see make.ts) and writes golang.org/x/net/http2/hpack's own bytes for it,
// after it has checked that it decodes scaletool's bytes to the same fields.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/net/http2/hpack"
)

type step struct {
	Fields     [][2]string `json:"fields"`
	TableBytes *uint32     `json:"tableBytes"`
	Ours       string      `json:"ours"`
}

type story struct {
	Name  string `json:"name"`
	Steps []step `json:"steps"`
}

func main() {
	var stories []story
	check(json.NewDecoder(os.Stdin).Decode(&stories))
	vectors := map[string][]string{}
	for _, story := range stories {
		vectors[story.Name] = tell(story)
	}
	check(json.NewEncoder(os.Stdout).Encode(vectors))
}

func tell(story story) []string {
	var out bytes.Buffer
	encoder := hpack.NewEncoder(&out)
	decoder := hpack.NewDecoder(4096, nil)
	blocks := []string{}
	for index, step := range story.Steps {
		if step.TableBytes != nil {
			encoder.SetMaxDynamicTableSizeLimit(*step.TableBytes)
			encoder.SetMaxDynamicTableSize(*step.TableBytes)
			continue
		}
		out.Reset()
		for _, field := range step.Fields {
			sensitive := field[0] == "authorization"
			check(encoder.WriteField(hpack.HeaderField{Name: bytesOf(field[0]), Value: bytesOf(field[1]), Sensitive: sensitive}))
		}
		blocks = append(blocks, hex.EncodeToString(out.Bytes()))
		ours, err := hex.DecodeString(step.Ours)
		check(err)
		fields, err := decoder.DecodeFull(ours)
		check(err)
		same := len(fields) == len(step.Fields)
		for at := 0; same && at < len(fields); at++ {
			same = fields[at].Name == bytesOf(step.Fields[at][0]) && fields[at].Value == bytesOf(step.Fields[at][1])
		}
		if !same {
			check(fmt.Errorf("%s, step %d: scaletool's block %s is %v", story.Name, index, step.Ours, fields))
		}
	}
	return blocks
}

// A character is a byte.
func bytesOf(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
