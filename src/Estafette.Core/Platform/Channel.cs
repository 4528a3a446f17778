namespace Estafette.Core.Platform;

/// <summary>The six ways to reach somebody.</summary>
public enum Channel : short
{
    Email = 1,
    Sms = 2,
    WhatsApp = 3,
    Voice = 4,
    Fax = 5,
    Letter = 6,
}

/// <summary>The unit of a rate such as "50 per minute".</summary>
public enum RateUnit : short
{
    Second = 1,
    Minute = 60,
    Hour = 3600,
}
