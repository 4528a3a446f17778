using System.Text;

namespace Estafette.Cli;

/// <summary>The console of this process.</summary>
internal static class LocalConsole
{
    public static CommandConsole Create()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new CommandConsole(Console.Out, Console.Error, Terminal.Own())
        {
            AskSecretAsync = (question, _) => Task.FromResult(Ask(question)),
            OpenInput = Console.OpenStandardInput,
            FlushAsync = _ => Task.CompletedTask,
        };
    }

    /// <summary>The environment variable, or what the person types without echo; null when nobody can be asked.</summary>
    public static string? Ask(SecretQuestion question)
    {
        if (Environment.GetEnvironmentVariable(question.Variable) is { Length: > 0 } given)
            return given;
        if (Console.IsInputRedirected || question.Prompt.Length == 0)
            return null;
        Console.Error.Write($"{question.Prompt}: ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return typed.Length == 0 ? null : typed.ToString();
    }
}
