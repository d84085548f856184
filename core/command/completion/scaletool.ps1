# PowerShell completion for scaletool. What was typed is passed on as it stands: nothing of it is
# evaluated. May be read more than once.

Register-ArgumentCompleter -Native -CommandName scaletool -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # An empty argument would get lost on the way; in quotes it does not.
    $current = if ($wordToComplete) { $wordToComplete } else { "''" }
    $answer = @(scaletool complete -- @words $current 2>$null)
    # Without any answer PowerShell completes names of files.
    if ($answer -contains ':files') { return }
    if ($answer.Count -eq 0) { return '' }
    foreach ($line in $answer) {
        $text, $about = $line -split "`t", 2
        if (-not $about) { $about = $text }
        [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $about)
    }
}
