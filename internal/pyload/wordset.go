package pyload

import "encoding/binary"

// A wordSet finds which of up to 16 words a text has, all in one pass that looks at three
// bytes of each four: a word of six letters has one such triple.
type wordSet struct {
	words []string
	has   [1 << 12]uint16 // by a triple: the words that have it among their first six letters, a bit each
}

const (
	wordStep = 4
	shortest = wordStep + 2 // of the words
)

// newWordSet returns the set of some words.
func newWordSet(words ...string) *wordSet {
	s := &wordSet{words: words}
	for i, word := range words {
		for at := range wordStep {
			triple := uint32(word[at]) | uint32(word[at+1])<<8 | uint32(word[at+2])<<16
			s.has[hashOf(triple)] |= 1 << i
		}
	}
	return s
}

// hashOf returns a number below 1<<12 for the lower three bytes.
func hashOf(triple uint32) uint32 { return triple << 8 * 2654435761 >> 20 }

// in returns which words a text has, a bit each.
func (s *wordSet) in(text []byte) (found uint16) {
	at := 0
	for ; at+4 <= len(text); at += wordStep {
		if may := s.has[hashOf(binary.LittleEndian.Uint32(text[at:]))]; may != 0 {
			found |= s.at(text, at, may&^found)
		}
	}
	if at+3 == len(text) {
		found |= s.at(text, at, 1<<len(s.words)-1)
	}
	return found
}

// at returns which of some words stand around a triple that lies among their first letters.
func (s *wordSet) at(text []byte, triple int, may uint16) (found uint16) {
	for i, word := range s.words {
		for at := max(0, triple-wordStep+1); may&(1<<i) != 0 && at <= min(triple, len(text)-len(word)); at++ {
			if string(text[at:at+len(word)]) == word {
				found |= 1 << i
			}
		}
	}
	return found
}
