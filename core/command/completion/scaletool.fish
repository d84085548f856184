# Fish completion for scaletool. What was typed is passed on as it stands: nothing of it is
# evaluated. May be read more than once.

function __scaletool_complete
    set -l token (commandline --current-token --cut-at-cursor)
    set -l words (commandline --tokenize --current-process --cut-at-cursor) "$token"
    for line in (scaletool complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            # Behind `--name=` or `replay:` begins the name of the file.
            set -l start (string match --regex '^.*[=:]' -- "$token")
            for path in (__fish_complete_path (string replace --regex '^.*[=:]' '' -- "$token"))
                printf '%s\n' "$start$path"
            end
        else
            printf '%s\n' "$line"
        end
    end
end

complete --command scaletool --erase
complete --command scaletool --no-files --arguments '(__scaletool_complete)'
